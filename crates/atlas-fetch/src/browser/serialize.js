// The page as it stands, as HTML: open shadow roots in place of their hosts' children, slots filled, frames of the same
// origin written out after their elements, and without what a browser that runs scripts does not show.
(limit) => {
    const inert = document.implementation.createHTMLDocument('');
    const childrenOf = (node) => {
        if (node.shadowRoot) {
            return node.shadowRoot.childNodes;
        }
        if (node.localName === 'slot') {
            const assigned = node.assignedNodes({ flatten: true });
            return assigned.length > 0 ? assigned : node.childNodes;
        }
        return node.childNodes;
    };
    const bodyOf = (frame) => {
        try {
            return frame.contentDocument?.body ?? null;
        } catch {
            return null;
        }
    };
    const root = inert.importNode(document.documentElement, false);
    const open = [[document.documentElement, root]];
    while (open.length > 0) {
        const [from, to] = open.pop();
        for (const child of childrenOf(from)) {
            if (child.nodeType === Node.ELEMENT_NODE && child.localName === 'noscript') {
                continue;
            }
            const copy = inert.importNode(child, false);
            to.appendChild(copy);
            if (child.nodeType !== Node.ELEMENT_NODE) {
                continue;
            }
            open.push([child, copy]);
            const body = child.localName === 'iframe' || child.localName === 'frame' ? bodyOf(child) : null;
            if (body?.textContent.trim()) {
                const written = inert.createElement('div');
                written.setAttribute('data-frame', child.getAttribute('src') ?? '');
                to.appendChild(written);
                open.push([body, written]);
            }
        }
    }
    const html = `<!DOCTYPE html>\n${root.outerHTML}`.toWellFormed();
    return html.length > limit ? { large: true } : { html, href: location.href };
}

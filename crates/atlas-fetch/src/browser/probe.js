// How complete is the page? The words under each selector, or in the whole body.
(selectors) => {
    const silent = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE']);
    const length = (root) => {
        let sum = 0;
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
            node.nodeType === Node.ELEMENT_NODE
                ? (silent.has(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP)
                : NodeFilter.FILTER_ACCEPT);
        while (walker.nextNode()) {
            sum += walker.currentNode.data.trim().length;
        }
        return sum;
    };
    const found = selectors.map((selector) => {
        try {
            return [...document.querySelectorAll(selector)].reduce((sum, element) => sum + length(element), 0);
        } catch {
            return 0;
        }
    });
    const body = document.body ? length(document.body) : 0;
    return {
        parsed: document.readyState !== 'loading',
        chars: found.length > 0 ? found.reduce((sum, count) => sum + count, 0) : body,
        selected: found.length > 0 && found.every((count) => count > 0),
    };
}

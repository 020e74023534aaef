// Runs in every frame before the page's own scripts: ways to the network that know no proxy, and other windows, are gone.
(() => {
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport', 'SharedWorker', 'Notification']) {
        try { delete window[name]; } catch { /* it is not there */ }
    }
    try { delete Navigator.prototype.serviceWorker; } catch { /* it is not there */ }
    try { window.open = () => null; } catch { /* it is sealed */ }
})();

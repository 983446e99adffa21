/** Shows the notifications of the page, on phones too, and brings the page back when one is pressed. It caches nothing. */
const worker = /** @type {any} */ (self);

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  const { clients } = worker;
  event.waitUntil(clients.matchAll({ type: 'window', includeUncontrolled: true }).then((/** @type {any[]} */ [page]) => (page ? page.focus() : clients.openWindow('/'))));
});

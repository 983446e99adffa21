/** What a screen reader is told. Polite waits for a pause, urgent does not. */

/** @param {string} text @param {'polite' | 'urgent'} [manner] */
export function announce(text, manner = 'polite') {
  const region = document.getElementById(manner);
  if (!region) return;
  region.textContent = '';
  // The same words twice are news twice: let the emptiness be noticed first.
  setTimeout(() => (region.textContent = text), 60);
}

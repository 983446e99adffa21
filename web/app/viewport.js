/**
 * Keep the page above an on-screen keyboard that the browser lays over it (Safari), instead of making the page smaller
 * (`interactive-widget=resizes-content` in Chrome). A page that is zoomed is left alone.
 */
export function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    const covered = view.scale === 1 && innerHeight - view.height > 60;
    document.documentElement.style.setProperty('--view', covered ? `${view.height}px` : '100dvh');
    if (covered) scrollTo(0, 0);
  };
  view.addEventListener('resize', fit);
}

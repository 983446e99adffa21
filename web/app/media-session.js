/**
 * The keys of a headset, the picture-in-picture window and the lock screen: mute, camera, hang up.
 * @param {import('./app.js').App} app
 * @param {import('../rondo.js').Room | null} room the call, or null after it
 */
export function mediaSession(app, room) {
  const { mediaSession: session } = navigator;
  if (!session) return;
  const inCall = room?.mode === 'video';
  session.metadata = inCall && 'MediaMetadata' in window ? new MediaMetadata({ title: room.peer.display_name, artist: 'Rondo' }) : null;
  session.playbackState = inCall ? 'playing' : 'none';
  /** @type {[string, () => void][]} */
  const actions = [
    ['togglemicrophone', () => void app.toggleMic()],
    ['togglecamera', () => void app.toggleCamera()],
    ['hangup', () => void app.attempt(app.rondo?.hangUp())],
  ];
  for (const [action, run] of actions) {
    try {
      session.setActionHandler(/** @type {MediaSessionAction} */ (action), inCall ? run : null);
    } catch {
      // An action that this browser does not know.
    }
  }
  if (inCall) reportDevices(app.media);
}

/** Show on those keys whether we are heard and seen. @param {import('./media.js').Media} media */
export function reportDevices(media) {
  const session = /** @type {any} */ (navigator.mediaSession);
  session?.setMicrophoneActive?.(!!media.audio && media.micOn);
  session?.setCameraActive?.(!!media.video && media.cameraOn);
}

/**
 * Cameras, microphones, speakers, a shared screen, and how well a call travels: free of any framework, each of use
 * without the others.
 *
 *     const stream = await openDevices({ video: cameraConstraints(), audio: microphoneConstraints() });
 *     if (stream instanceof MediaStream) …                        // else 'denied', 'none', 'busy' or 'insecure'
 *     rondo.on('call', (call) => call && new QualityMeter(call).on('change', ({ level, reasons }) => …));
 */
export { cameraConstraints, canChooseSpeaker, facingOf, listDevices, microphoneConstraints, nextCamera, onDevicesChange, openDevices, permissionOf, setSpeaker } from './client/devices.js';
export { QualityMeter } from './client/quality.js';
export { ScreenShare, canShareScreen, captureScreen } from './client/screen.js';

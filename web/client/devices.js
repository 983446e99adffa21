/**
 * Cameras, microphones and speakers: what there is, what we may use, and how to get it.
 *
 * @typedef {'denied' | 'none' | 'busy' | 'insecure'} Trouble Why a device cannot be had
 * @typedef {'user' | 'environment'} Facing Towards the person, or away from them
 * @typedef {{cameras: MediaDeviceInfo[], microphones: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}} Devices
 */

/**
 * List the devices that can be told apart: before the first permission a browser names none.
 * @returns {Promise<Devices>}
 */
export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (/** @type {MediaDeviceKind} */ kind) => all.filter((device) => device.kind === kind && device.deviceId);
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
}

/**
 * Call *listener* whenever a device is plugged in or out.
 * @param {() => void} listener
 * @returns {() => void} stops it
 */
export function onDevicesChange(listener) {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
  return () => navigator.mediaDevices?.removeEventListener('devicechange', listener);
}

/**
 * Whether the browser would give us the device without asking; `unknown` where it does not tell.
 * @param {'camera' | 'microphone'} device
 * @returns {Promise<PermissionState | 'unknown'>}
 */
export async function permissionOf(device) {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (device) })).state;
  } catch {
    return 'unknown';
  }
}

/**
 * Open the devices of *constraints*; return the error instead of a stream when that fails. A device that is not
 * connected any more is replaced by another one.
 * @param {MediaStreamConstraints} constraints
 * @returns {Promise<MediaStream | Trouble>}
 */
export async function openDevices(constraints) {
  if (!navigator.mediaDevices) return 'insecure';
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    if (name === 'OverconstrainedError' && [constraints.video, constraints.audio].some(isOneDevice)) {
      return openDevices({ ...(constraints.video && { video: anyDevice(constraints.video) }), ...(constraints.audio && { audio: anyDevice(constraints.audio) }) });
    }
    if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
    return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'none';
  }
}

/** @param {boolean | MediaTrackConstraints | undefined} wanted */
const isOneDevice = (wanted) => typeof wanted === 'object' && !!wanted.deviceId;

/** @param {boolean | MediaTrackConstraints} wanted */
function anyDevice(wanted) {
  return typeof wanted === 'object' ? { ...wanted, deviceId: undefined } : wanted;
}

/**
 * Constraints for a camera: this one, or one that looks this way.
 * @param {{deviceId?: string, facing?: Facing}} [choice]
 * @returns {MediaTrackConstraints}
 */
export function cameraConstraints({ deviceId, facing = 'user' } = {}) {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  return deviceId ? { ...size, deviceId: { exact: deviceId } } : { ...size, facingMode: { ideal: facing } };
}

/**
 * Constraints for a microphone.
 * @param {{deviceId?: string}} [choice]
 * @returns {MediaTrackConstraints}
 */
export function microphoneConstraints({ deviceId } = {}) {
  return { echoCancellation: true, noiseSuppression: true, ...(deviceId && { deviceId: { exact: deviceId } }) };
}

/**
 * Which way a camera looks, by its own word or its name; null: it does not say, as most of a computer.
 * @param {MediaStreamTrack} track
 * @returns {Facing | null}
 */
export function facingOf(track) {
  const said = track.getSettings().facingMode;
  if (said === 'user' || said === 'environment') return said;
  if (/\b(back|rear|environment)\b/i.test(track.label)) return 'environment';
  return /\b(front|user|selfie)\b/i.test(track.label) ? 'user' : null;
}

/**
 * The camera that comes after *deviceId*; null: there is no other one.
 * @param {MediaDeviceInfo[]} cameras
 * @param {string | undefined} deviceId
 */
export function nextCamera(cameras, deviceId) {
  if (cameras.length < 2) return null;
  return cameras[(cameras.findIndex((camera) => camera.deviceId === deviceId) + 1) % cameras.length];
}

/** Whether this browser lets a page choose where sound comes out. */
export function canChooseSpeaker() {
  return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
}

/**
 * Let an element sound from a speaker, '' for the default; whether that worked.
 * @param {HTMLMediaElement} element
 * @param {string} deviceId
 */
export async function setSpeaker(element, deviceId) {
  if (!canChooseSpeaker()) return false;
  try {
    await /** @type {any} */ (element).setSinkId(deviceId);
    return true;
  } catch {
    return false;
  }
}

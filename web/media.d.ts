/** Types of the media helpers: devices, screen sharing, call quality. */
import type { Call, Emitter } from './rondo.js';

export type Trouble = 'denied' | 'none' | 'busy' | 'insecure';
export type Facing = 'user' | 'environment';

export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
}

/** Empty lists before the first permission: a browser names no device until then. */
export declare function listDevices(): Promise<Devices>;
/** Returns the way to stop listening. */
export declare function onDevicesChange(listener: () => void): () => void;
export declare function permissionOf(device: 'camera' | 'microphone'): Promise<PermissionState | 'unknown'>;
/** Resolves with the reason when the devices cannot be had; it does not reject. */
export declare function openDevices(constraints: MediaStreamConstraints): Promise<MediaStream | Trouble>;
export declare function cameraConstraints(choice?: { deviceId?: string; facing?: Facing }): MediaTrackConstraints;
export declare function microphoneConstraints(choice?: { deviceId?: string }): MediaTrackConstraints;
export declare function facingOf(track: MediaStreamTrack): Facing | null;
export declare function nextCamera(cameras: MediaDeviceInfo[], deviceId?: string): MediaDeviceInfo | null;
export declare function canChooseSpeaker(): boolean;
export declare function setSpeaker(element: HTMLMediaElement, deviceId: string): Promise<boolean>;

export declare function canShareScreen(): boolean;
/** null: the person thought better of it. */
export declare function captureScreen(): Promise<MediaStreamTrack | null>;
export declare class ScreenShare extends Emitter<{ change: [] }> {
  readonly track: MediaStreamTrack | null;
  /** Whether the screen is shared afterwards. */
  start(): Promise<boolean>;
  stop(): void;
}

export type QualityLevel = 'good' | 'fair' | 'weak';
export type QualityReason = 'loss' | 'delay' | 'frames';

/** What happened between two samples; null: the browser does not say, or nothing was sent. */
export interface QualityNumbers {
  rttMs: number | null;
  /** Share of the packets that did not arrive here, 0 to 1. */
  lossIn: number | null;
  /** Share of ours that did not arrive there, by the peer's own report. */
  lossOut: number | null;
  fps: number | null;
  kbpsIn: number | null;
  kbpsOut: number | null;
  jitterMs: number | null;
  /** What keeps our own picture small: `none`, `cpu`, `bandwidth` or `other`. */
  limited: string;
}

export interface Quality {
  level: QualityLevel;
  reasons: QualityReason[];
  numbers: QualityNumbers;
}

/** `measure` every two seconds; `change` when the level is another one: worse after two samples, better after three. */
export declare class QualityMeter extends Emitter<{ change: [Quality]; measure: [Quality] }> {
  constructor(call: Pick<Call, 'stats' | 'connected' | 'state'>, options?: { everyMs?: number });
  readonly quality: Quality | null;
  stop(): void;
}

import { Emitter } from './emitter.js';

/** A short interruption of the network recovers without a restart; a longer one needs new candidates. */
const HEAL_MS = 2_500;
/** Between two attempts to find a new way to the peer. */
const RESTART_MS = 6_000;
/** How long fresh credentials are waited for; a call that looks for a path cannot wait for ever. */
const RENEW_MS = 2_000;
/** How often to look whether media flows, until it does. */
const LOOK_MS = 200;

/**
 * One video call: an RTCPeerConnection that outlives the socket it was arranged over.
 *
 * Perfect negotiation (W3C WebRTC 1.0, section 10.7): the offerer of the room is impolite, the answerer polite. The
 * peer may reload its page and open a new connection; its DTLS fingerprint shows that, and ours is created again.
 *
 * @extends {Emitter<{change: [import('../rondo.js').CallState], flowing: []}>}
 */
export class Call extends Emitter {
  /** What comes from the peer; the same stream for the whole call. */
  stream = new MediaStream();
  /** @type {import('../rondo.js').CallState} */
  state = { status: 'connecting', peer: { mic: true, camera: true, screen: false } };

  /** @type {RTCPeerConnection} */ #pc;
  /** @type {RTCDataChannel | null} */ #channel = null;
  /** @type {AbortController} */ #sending;
  /** @type {import('../rondo.js').Sent} */ #tracks;
  /** What the peer was told that we send. */ #told = '';
  /** Where each kind travels; unset until the first negotiation of an answerer. @type {Map<string, RTCRtpTransceiver>} */ #lanes = new Map();
  /** Signals are taken one after the other. */ #inbox = Promise.resolve();
  #makingOffer = false;
  #ignoringOffer = false;
  #online = true;
  #flowing = false;
  #closed = false;
  #heal = 0;
  #look = 0;

  /**
   * @param {object} options
   * @param {import('../rondo.js').Room} options.room
   * @param {boolean} options.initiate make the first offer; the offerer does, and a client that returns with a reloaded page
   * @param {import('../rondo.js').Sent} options.tracks
   * @param {(payload: object, options: {signal: AbortSignal}) => Promise<unknown>} options.signal to the peer, in order, repeated until answered
   * @param {() => Promise<import('../rondo.js').Ways>} [options.renew] gives fresh credentials for the relay
   */
  constructor({ room, initiate, tracks, signal, renew }) {
    super();
    this.roomId = room.room_id;
    this.polite = room.role === 'answerer';
    /** @type {import('../rondo.js').Ways} */ this.ways = room;
    this.signal = signal;
    this.renew = renew;
    this.#tracks = { ...tracks };
    this.#sending = new AbortController();
    this.#pc = this.#build();
    if (initiate) this.#openLanes();
    this.#look = setInterval(() => {
      // `track.enabled` is set without an event.
      this.#tellMine();
      if (!this.#flowing) void this.#lookForMedia();
    }, LOOK_MS);
  }

  /** Whether media can travel right now. */
  get connected() {
    return ['connected', 'completed'].includes(this.#pc.iceConnectionState);
  }

  get flowing() {
    return this.#flowing;
  }

  /** @returns {Promise<RTCStatsReport>} */
  stats() {
    return this.#pc.getStats();
  }

  /**
   * A signal of the peer.
   * @param {{description?: RTCSessionDescriptionInit, candidate?: RTCIceCandidateInit | null}} signal
   */
  receive(signal) {
    this.#inbox = this.#inbox.then(() => this.#take(signal)).catch((error) => console.warn('rondo: a signal could not be used:', error.message));
  }

  /**
   * The socket came back, or went away. Media does not care; only a broken path needs the socket.
   * @param {boolean} online
   * @param {import('../rondo.js').Ways} [ways] with fresh credentials
   */
  reach(online, ways) {
    this.#online = online;
    if (ways) this.#go(ways);
    if (online && !this.connected && this.#pc.remoteDescription) void this.#restart();
  }

  /**
   * Send these tracks from now on; null sends nothing.
   * @param {import('../rondo.js').Sent} tracks
   */
  setTracks(tracks) {
    this.#tracks = { ...tracks };
    for (const [kind, lane] of this.#lanes) this.#load(/** @type {'audio' | 'video'} */ (kind), lane);
    this.#tellMine();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#look);
    clearTimeout(this.#heal);
    this.#sending.abort();
    this.#pc.close();
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
    this.#become({ status: 'closed' });
  }

  /** @returns {RTCConfiguration} */
  #configuration() {
    const { ice_servers: iceServers = [], ice_transport_policy: iceTransportPolicy = 'all' } = this.ways;
    return { iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle' };
  }

  /** Use these servers from the next search for a path on. @param {import('../rondo.js').Ways} ways */
  #go(ways) {
    this.ways = ways;
    // The whole of it: what is left out would go back to its default, and may not change.
    this.#pc.setConfiguration(this.#configuration());
  }

  /** Credentials may have expired since the call began. Where there are no fresh ones the old ones must do. */
  async #refresh() {
    const pc = this.#pc;
    if (!this.renew || !this.ways.ice_servers?.some(({ credential }) => credential)) return;
    const ways = await Promise.race([this.renew().catch(() => null), new Promise((done) => setTimeout(done, RENEW_MS, null))]);
    if (ways && pc === this.#pc && !this.#closed) this.#go(ways);
  }

  #build() {
    this.#sending.abort();
    this.#sending = new AbortController();
    this.#lanes.clear();
    this.#makingOffer = this.#ignoringOffer = false;
    const pc = new RTCPeerConnection(this.#configuration());
    pc.onicecandidate = ({ candidate }) => this.#post({ candidate: candidate && candidate.toJSON() });
    pc.onnegotiationneeded = () => void this.#offer();
    pc.oniceconnectionstatechange = () => this.#path();
    pc.ontrack = ({ track }) => {
      for (const old of this.stream.getTracks()) if (old.kind === track.kind) this.stream.removeTrack(old);
      this.stream.addTrack(track);
      this.emit('change', this.state);
    };
    // Whether a microphone or camera is off travels beside the media: a server that is away must not hide it.
    const channel = pc.createDataChannel('rondo', { negotiated: true, id: 0 });
    channel.onopen = () => {
      this.#told = '';
      this.#tellMine();
    };
    channel.onmessage = ({ data }) => this.#hear(data);
    this.#channel = channel;
    return pc;
  }

  #rebuild() {
    this.#pc.onicecandidate = this.#pc.onnegotiationneeded = this.#pc.oniceconnectionstatechange = this.#pc.ontrack = null;
    this.#pc.close();
    this.#pc = this.#build();
  }

  #openLanes() {
    for (const kind of /** @type {const} */ (['audio', 'video'])) {
      const lane = this.#pc.addTransceiver(kind, { direction: 'recvonly' });
      this.#lanes.set(kind, lane);
      this.#load(kind, lane);
    }
  }

  /** An answerer travels in the lanes that the offer opened. */
  #joinLanes() {
    for (const lane of this.#pc.getTransceivers()) {
      const kind = /** @type {'audio' | 'video'} */ (lane.receiver.track.kind);
      if (this.#lanes.has(kind)) continue;
      this.#lanes.set(kind, lane);
      this.#load(kind, lane);
    }
  }

  /**
   * @param {'audio' | 'video'} kind
   * @param {RTCRtpTransceiver} lane
   */
  #load(kind, lane) {
    const track = this.#tracks[kind];
    if (lane.sender.track !== track) void lane.sender.replaceTrack(track);
    // Once open in our direction a lane stays open: an empty one costs nothing and needs no new negotiation.
    if (track && !lane.direction.startsWith('send')) lane.direction = 'sendrecv';
  }

  async #offer() {
    const pc = this.#pc;
    // The answerer lets the offerer begin.
    if (this.#closed || (!pc.remoteDescription && !this.#lanes.size)) return;
    try {
      this.#makingOffer = true;
      await pc.setLocalDescription();
      if (pc === this.#pc && pc.localDescription) this.#post({ description: pc.localDescription.toJSON() });
    } catch (error) {
      console.warn('rondo: no offer:', /** @type {Error} */ (error).message);
    } finally {
      this.#makingOffer = false;
    }
  }

  /** @param {{description?: RTCSessionDescriptionInit, candidate?: RTCIceCandidateInit | null}} signal */
  async #take({ description, candidate }) {
    if (this.#closed) return;
    if (description) return this.#describe(description);
    try {
      await this.#pc.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      if (!this.#ignoringOffer && this.#pc.remoteDescription) throw error;
    }
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #describe(description) {
    const isOffer = description.type === 'offer';
    const known = this.#pc.remoteDescription;
    const stranger = !!known && fingerprint(known.sdp) !== fingerprint(description.sdp ?? '');
    if (!isOffer && stranger) {
      // The answer comes from a new page that took an offer meant for the old one. Begin again with the new page.
      this.#rebuild();
      return this.#openLanes();
    }
    if (isOffer && stranger) this.#rebuild();
    const collision = isOffer && (this.#makingOffer || this.#pc.signalingState !== 'stable');
    this.#ignoringOffer = collision && !this.polite;
    if (this.#ignoringOffer) return;
    // Nothing to roll back to: take the offer with a clean connection instead.
    if (collision && !known) this.#rebuild();
    if (!isOffer && this.#pc.signalingState !== 'have-local-offer') return; // an answer that was repeated
    const pc = this.#pc;
    await pc.setRemoteDescription(description);
    if (!isOffer) return;
    // The peer looks for a new path: we will have to look for one of ours.
    if (known && !this.connected) await this.#refresh();
    if (this.#closed || pc.signalingState !== 'have-remote-offer') return;
    this.#joinLanes();
    await pc.setLocalDescription();
    if (pc === this.#pc && pc.localDescription) this.#post({ description: pc.localDescription.toJSON() });
  }

  /** @param {object} payload */
  #post(payload) {
    if (this.#closed) return;
    this.signal(payload, { signal: this.#sending.signal }).catch(() => {});
  }

  #path() {
    clearTimeout(this.#heal);
    switch (this.#pc.iceConnectionState) {
      case 'connected':
      case 'completed':
        return this.#become({ status: this.#flowing ? 'live' : 'connected' });
      case 'disconnected':
        this.#become({ status: 'interrupted' });
        this.#heal = setTimeout(() => void this.#restart(), HEAL_MS + (this.polite ? 1_500 : 0));
        return;
      case 'failed':
        this.#become({ status: 'interrupted' });
        return void this.#restart();
    }
  }

  /** Look for a new path, again and again, as long as there is someone to tell. */
  async #restart() {
    clearTimeout(this.#heal);
    if (this.#closed || this.connected) return;
    this.#heal = setTimeout(() => void this.#restart(), RESTART_MS + (this.polite ? 1_500 : 0));
    const pc = this.#pc;
    if (!this.#online || pc.signalingState !== 'stable' || !this.#lanes.size) return;
    await this.#refresh();
    if (pc === this.#pc && !this.#closed && !this.connected) pc.restartIce();
  }

  /** Media flows when something was heard or seen, not when a path exists. */
  async #lookForMedia() {
    if (!this.connected || this.#closed) return;
    const expected = this.#pc.getTransceivers().some((lane) => ['sendrecv', 'recvonly'].includes(lane.currentDirection ?? ''));
    let seen = false;
    for (const report of (await this.#pc.getStats()).values()) {
      if (report.type === 'inbound-rtp') seen ||= report.kind === 'video' ? report.framesDecoded > 0 : report.packetsReceived > 0;
    }
    // A peer without camera and microphone sends nothing, and says so; being connected is all there is.
    const { mic, camera } = this.state.peer;
    if ((!seen && expected && (mic || camera)) || this.#flowing || this.#closed) return;
    this.#flowing = true;
    this.#become({ status: 'live' });
    this.emit('flowing');
  }

  /** Tell the peer what we send, when that has changed: a muted track is as good as none. */
  #tellMine() {
    if (this.#channel?.readyState !== 'open') return;
    const { audio, video, source = video, screen } = this.#tracks;
    const mine = JSON.stringify({ mic: sends(audio), camera: sends(video) && sends(source), screen: !!screen });
    if (mine === this.#told) return;
    this.#told = mine;
    this.#channel.send(mine);
  }

  /** @param {unknown} data */
  #hear(data) {
    try {
      const { mic, camera, screen } = JSON.parse(String(data));
      this.#become({ peer: { mic: mic === true, camera: camera === true, screen: screen === true } });
    } catch {
      // Not our client at the other end; what it says beside the media is its own affair.
    }
  }

  /** @param {Partial<import('../rondo.js').CallState>} changes */
  #become(changes) {
    this.state = { ...this.state, ...changes };
    this.emit('change', this.state);
  }
}

/** @param {MediaStreamTrack | null} track */
const sends = (track) => !!track?.enabled && track.readyState === 'live';

/** Who is at the other end: the certificate of its connection. @param {string} sdp */
const fingerprint = (sdp) => /^a=fingerprint:(\S+ \S+)/m.exec(sdp)?.[1]?.toLowerCase() ?? '';

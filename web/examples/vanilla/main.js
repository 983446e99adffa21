import { Rondo } from '../../rondo.js';

const [me, peer] = document.querySelectorAll('video');
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
me.srcObject = stream;
const { token } = await Rondo.signUp({ display_name: 'Guest', adult: true });
const rondo = new Rondo({ token });
rondo.setTracks({ audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0] });
rondo.on('call', (call) => (peer.srcObject = call && call.stream));
/** @type {HTMLElement} */ (document.getElementById('next')).onclick = () => rondo.next();
rondo.connect();
await rondo.join({ mode: 'video', auto_accept: true, auto_next: true });

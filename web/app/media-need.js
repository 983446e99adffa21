/**
 * Whether there is a reason to have camera and microphone open. When the last one goes, they are closed.
 * @param {import('../rondo.js').State} state
 * @param {'video' | 'text'} mode what the next search would be for
 */
export function needsMedia({ room, upgrade, invite, queue, ended, me }, mode) {
  if (room) return room.mode === 'video' || (!!upgrade && !upgrade.declined && upgrade.by === me?.user_id);
  return (invite ?? queue ?? ended ?? { mode }).mode === 'video';
}

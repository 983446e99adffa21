import { open } from './dialogs.js';
import { avatar, button, h } from './dom.js';
import { t } from './i18n.js';
import { introduced } from './letter.js';

/** Ask a user who is signed in already whether they want to be introduced. @param {import('./letter.js').Letter} letter @param {import('./app.js').App} app */
export async function offerIntroduction(letter, app) {
  await letter.ready;
  const { preview, intro } = letter;
  if (!preview || !app.rondo) return;
  const { target, introduced_by: by } = preview;
  letter.burn();
  const dialog = open({
    title: t('letter-title', { name: target.display_name }),
    kind: 'light introduce',
    content: [
      h('div', { class: 'introduce-face' }, avatar(target, 'large')),
      h('p', {}, t('letter-text', { by: by.display_name, name: target.display_name })),
      h(
        'div',
        { class: 'actions' },
        button({ label: t('not-now'), onclick: () => dialog.close('') }),
        button({
          label: t('letter-follow'),
          kind: 'primary',
          dataset: { test: 'follow' },
          onclick: async () => {
            dialog.close('');
            if (await app.attempt(app.rondo?.api.follow(intro))) introduced(target);
          },
        }),
      ),
    ],
  });
}

// Keys only: they move the focus and press what is on the page. Every one of them has a link or a button.
(() => {
  const find = (selector) => document.querySelector(selector);
  const rows = [...document.querySelectorAll('.row')];
  const on = !document.cookie.split('; ').includes('triage_keys=off');
  let at = -1, after = '';

  const banner = find('#banner');
  if (banner) banner.focus();

  const to = (index) => {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows[at].querySelector('a.t').focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: 'nearest' });
  };
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const open = (hash) => { const row = rows[here()]; if (row) location.href = row.querySelector('a.t').href + hash; };
  const unfold = (key) => {
    const summary = find(`summary[data-key="${key}"]`);
    if (!summary) return;
    summary.parentElement.open = true;
    summary.parentElement.querySelector('textarea, button').focus();
  };

  const onList = {
    j: () => to(here() < 0 ? at + 1 : here() + 1),
    k: () => to(here() < 0 ? at - 1 : here() - 1),
    o: () => open(''),
    a: () => open('#answer'),
    x: () => { const box = rows[here()] && rows[here()].querySelector('input'); if (box) box.click(); },
    '*': () => rows.forEach((row) => { const box = row.querySelector('input'); if (box) box.checked = true; }),
    s: () => { const button = find('.bulk [value=snooze]'); if (button && button.offsetParent) button.focus(); },
    h: () => { const whom = find('#bulk-to'); if (whom && whom.offsetParent) whom.focus(); },
  };
  const onCase = {
    j: () => { const link = find('[rel=next]'); if (link) link.click(); },
    k: () => { const link = find('[rel=prev]'); if (link) link.click(); },
    u: () => find('.crumb [data-key=u]').click(),
    a: () => { const go = find('.bar .go'); if (go) go.focus(); },
    e: () => { const box = find('#draft'); if (box) box.focus(); },
    t: () => { const box = find('#type'); if (box) box.focus(); },
    p: () => { const box = find('#priority'); if (box) box.focus(); },
    d: () => { const box = find('[name=duplicate]:checked') || find('[name=duplicate]'); if (box) box.focus(); },
    s: () => unfold('s'),
    r: () => unfold('r'),
    q: () => unfold('q'),
    h: () => unfold('h'),
  };
  const everywhere = {
    '/': () => { const box = find('#q'); if (box) box.focus(); else location.href = '/search'; },
    z: () => { const button = find('button[data-key=z]'); if (button) button.click(); },
    '?': () => { location.href = '/keys'; },
  };
  const places = { i: '/', w: '/waiting', s: '/snoozed' };
  const keys = { ...(find('.case') ? onCase : onList), ...everywhere };

  addEventListener('keydown', (event) => {
    const field = event.target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select');
    if ((event.metaKey || event.ctrlKey) && event.key === 'Enter') {
      const go = find('.bar .go');
      if (go) { event.preventDefault(); go.click(); }
      return;
    }
    if (event.key === 'Escape') {
      if (field) field.blur();
      document.querySelectorAll('details.up[open]').forEach((details) => { details.open = false; });
      return;
    }
    if (field || !on || event.metaKey || event.ctrlKey || event.altKey) return;
    if (after === 'g' && places[event.key]) { location.href = places[event.key]; return; }
    after = event.key;
    if (Object.hasOwn(keys, event.key)) { event.preventDefault(); keys[event.key](); }
  });
})();

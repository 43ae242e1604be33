// Filters work without this: it adds the text, keeps the state in the address, and opens for print.
(() => {
  const form = document.querySelector('.filter');
  const cases = [...document.querySelectorAll('.case')];
  const none = document.querySelector('.none');
  const words = new Map(cases.map((each) => [each, each.textContent.toLowerCase()]));

  const apply = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    for (const each of cases) each.hidden = !words.get(each).includes(text);
    none.hidden = cases.some((each) => getComputedStyle(each).display !== 'none');
  };
  const tell = () => {
    apply();
    const state = new URLSearchParams(new FormData(form));
    history.replaceState(null, '', `#${state}`);
  };
  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    if (!state.has('show')) return reveal();
    for (const [name, value] of state) if (form.elements[name]) form.elements[name].value = value;
    apply();
  };
  const reveal = () => {
    const inside = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const found = inside && inside.closest('.case');
    if (!found) return;
    form.reset();
    apply();
    found.open = true;
    inside.scrollIntoView();
  };

  form.querySelector('.find').hidden = false;
  form.addEventListener('input', tell);
  addEventListener('hashchange', read);
  addEventListener('beforeprint', () => {
    for (const each of document.querySelectorAll('.case.broken')) each.open = true;
  });
  read();
})();

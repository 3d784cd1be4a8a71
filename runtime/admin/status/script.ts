/**
 * The script of the status page: it loads itself anew now and then, until somebody stops it.
 *
 * Without scripts the page stands still and says when it was made. The choice lasts as long as the tab.
 */
const REFRESH_SECONDS = 15;

export const SCRIPT = `
(() => {
  const button = document.getElementById('refresh');
  const read = () => { try { return sessionStorage.getItem('refresh') !== 'off'; } catch { return true; } };
  let isOn = read();
  let timer;
  const show = () => {
    button.textContent = isOn ? 'Pause updates' : 'Resume updates';
    clearTimeout(timer);
    if (isOn) timer = setTimeout(() => location.reload(), ${REFRESH_SECONDS * 1_000});
  };
  button.addEventListener('click', () => {
    isOn = !isOn;
    try { sessionStorage.setItem('refresh', isOn ? 'on' : 'off'); } catch {}
    show();
  });
  button.hidden = false;
  show();
})();
`;

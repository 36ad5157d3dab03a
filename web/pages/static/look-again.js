// A decision was sent and its answer has not come: look again soon, then less often. Without this there is a link.
"use strict";
{
  const looks = Number(sessionStorage.getItem(location.href) ?? 0);
  if (looks < 8) {
    sessionStorage.setItem(location.href, String(looks + 1));
    setTimeout(() => location.reload(), 1000 * 2 ** Math.min(looks, 4));
  }
}

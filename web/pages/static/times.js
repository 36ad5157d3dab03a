// Times in the reader's own zone, and how far away they are: only the browser knows both.
"use strict";
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const now = new Date();
  const format = (options) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...options });
  const thisYear = format({ weekday: "short", day: "numeric", month: "short" });
  const otherYear = format({ day: "numeric", month: "short", year: "numeric" });
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

  const distance = (at) => {
    const seconds = (at - now) / 1000;
    const [unit, length] = units.find((each) => Math.abs(seconds) >= 2 * each[1]) ?? units[2];
    return relative.format(Math.trunc(seconds / length), unit);
  };
  for (const element of document.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    element.title = element.textContent;
    element.textContent = (at.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(at);
    if ("counted" in element.dataset) element.append(` (${distance(at)})`);
  }
  for (const element of document.querySelectorAll("[data-zone]")) element.textContent = zone;
  for (const element of document.querySelectorAll("svg [data-at]")) {
    const at = new Date(element.dataset.at);
    element.textContent = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }).format(at);
  }
}

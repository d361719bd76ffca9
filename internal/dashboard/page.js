"use strict";
// Whatever a stranger can send ends in textContent, never in markup.
const at = (id) => document.getElementById(id);
const say = (id, text) => { const e = at(id); if (e.textContent !== text) e.textContent = text; };
const clock = (t) => new Date(t).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const number = (x) => x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
const count = (n) => n.toLocaleString("en");
const bytes = (n) => n >= 1e6 ? (n / 1e6).toFixed(1) + " MB" : n >= 1e3 ? (n / 1e3).toFixed(0) + " KB" : n.toFixed(0) + " B";
const rate = (n) => { n *= 8; return n >= 1e6 ? (n / 1e6).toFixed(2) + " Mbit/s" : (n / 1e3).toFixed(0) + " kbit/s"; };
// What is not whole is never rounded up to it.
const percent = (part) => part == null ? "–" : part === 1 ? "100 %" : (Math.floor(part * 1e4) / 100).toFixed(2) + " %";
const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const kept = 1800;
const keys = ["at", "people", "expected", "refused", "to_people", "previews", "machines", "rate"];
let data = keys.map(() => []);
let bears = [];
let charts = [];

function push(p) {
  keys.forEach((k, i) => { data[i].push(p[k] || 0); });
  if (data[0].length > kept) data.forEach((row) => row.shift());
}

function pointOf(now) {
  return { at: Math.floor(new Date(now.at) / 1000), people: now.people, expected: now.expected, refused: now.line.refused,
    to_people: now.line.people, previews: now.line.previews, machines: now.line.machines, rate: now.line.rate };
}

// The capacities are drawn over the plot, each with its name at its end, where
// they are not too far above what comes.
function drawBears(u) {
  const c = u.ctx;
  c.save();
  c.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  c.fillStyle = c.strokeStyle = shade("--faint");
  c.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const b of bears) {
    if (b.visits > u.scales.y.max) continue;
    const y = Math.round(u.valToPos(b.visits, "y", true));
    c.beginPath();
    c.moveTo(u.bbox.left, y);
    c.lineTo(u.bbox.left + u.bbox.width, y);
    c.stroke();
    c.fillText(`${b.rung} ${number(b.visits)}/s`, u.bbox.left + 6 * devicePixelRatio, y - 4 * devicePixelRatio);
  }
  c.restore();
}

// The top of the plot leaves room for the next capacity above what comes.
function ceiling(most) {
  const above = bears.map((b) => b.visits).filter((v) => v > most).sort((a, b) => a - b)[0];
  return Math.max(1, most * 1.15, above && above < most * 4 + 2 ? above * 1.15 : 0);
}

function options(where, extra) {
  const axis = { stroke: shade("--faint"), grid: { stroke: shade("--line") }, ticks: { stroke: shade("--line") } };
  return Object.assign({
    width: Math.max(200, where.clientWidth), height: 220,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
    axes: [axis, Object.assign({ size: 90 }, axis, extra.values ? { values: extra.values } : {})],
  }, extra.more);
}

function draw() {
  charts.forEach((c) => c.destroy());
  const people = at("people-plot"), line = at("line-plot");
  const series = (label, color, more) => Object.assign({ label, stroke: shade(color), width: 2, points: { show: false } }, more);
  charts = [
    new uPlot(options(people, { more: {
      scales: { y: { range: (u, lo, hi) => [0, ceiling(hi || 0)] } },
      hooks: { draw: [drawBears] },
      series: [{}, series("people/s", "--people"), series("usual", "--faint", { dash: [2, 4] }), series("refused/s", "--alarm", { dash: [8, 4] })],
    } }), data.slice(0, 4), people),
    new uPlot(options(line, { values: (u, v) => v.map((x) => rate(x)), more: {
      scales: { y: { range: (u, lo, hi) => [0, Math.max(1000, (hi || 0) * 1.1)] } },
      series: [{}, series("machines", "--machines", { fill: shade("--machines"), value: (u, v) => v == null ? "" : rate(v) }),
        series("and previews", "--previews", { dash: [8, 3], value: (u, v) => v == null ? "" : rate(v) }),
        series("and people", "--people", { value: (u, v) => v == null ? "" : rate(v) }),
        series("the line", "--alarm", { dash: [2, 4], value: (u, v) => v == null ? "" : rate(v) })],
    } }), stacked(), line),
  ];
}

function stacked() {
  const [t, , , , people, previews, machines, line] = data;
  const low = machines, middle = low.map((m, i) => m + previews[i]), high = middle.map((m, i) => m + people[i]);
  return [t, low, middle, high, line];
}

function redraw() {
  if (!charts.length || document.hidden) return;
  charts[0].setData(data.slice(0, 4));
  charts[1].setData(stacked());
}

function showNow(now) {
  document.title = `${number(now.people)}/s · ${now.site}`;
  say("site", now.site);
  say("rung", `${now.source}, ${now.rung}${now.forced ? " (forced)" : ""}`);
  say("why", now.why);
  say("people", number(now.people));
  say("expected", now.expected ? number(now.expected) : "not known yet");
  say("use", now.line.rate ? `${Math.round(100 * now.line.used / now.line.rate)} %` : rate(now.line.used));
  say("wait", `${number(now.line.wait)} s`);
  say("served", count(now.served));
  say("refused", count(now.refused));
  const b = now.buzz;
  say("buzz", (now.asked ? now.asked + " " : "") + (b ? b.text : "It is calm."));
  at("buzz").className = b || now.asked ? "alarm" : "";
  bears = now.bears || [];
  say("people-said", bears.length ? "The line bears " + bears.map((x) => `${number(x.visits)}/s in ${x.rung}`).join(", ") + "." : "The line has no limit that is known.");
  say("line-said", now.line.rate ? `The line carries ${rate(now.line.rate)}; ${rate(now.line.used)} are on it.` : `${rate(now.line.used)} are on the line.`);
  say("foot", `Serving since ${new Date(now.started).toLocaleString()}, ${bytes(now.memory)} of memory` +
    (now.muted ? `; alerts are muted until ${clock(now.muted)}` : ""));
}

function table(id, heads, rows, none) {
  const t = at(id), text = JSON.stringify(rows);
  if (t.dataset.was === text) return;
  t.dataset.was = text;
  t.replaceChildren();
  if (!rows.length) { t.insertRow().insertCell().textContent = none; return; }
  const head = t.createTHead().insertRow();
  for (const h of heads) { const th = document.createElement("th"); th.scope = "col"; th.textContent = h; head.append(th); }
  const body = t.createTBody();
  for (const r of rows) { const tr = body.insertRow(); for (const c of r) tr.insertCell().textContent = c; }
}

function showLists(d) {
  table("sources", ["from, last five minutes", "visits"], (d.sources || []).map((r) => [r.name, count(r.hits)]), "nobody yet");
  table("pages", ["page, last five minutes", "visits", "sent in"], (d.pages || []).map((r) => [r.name, count(r.hits), r.mean ? number(r.mean) + " s" : ""]), "none yet");
  table("classes", ["class", "hits", "sent"], (d.classes || []).map((r) => [r.name, count(r.hits), bytes(r.bytes || 0)]), "nobody yet");
  table("bans", ["who", "why", "until"], (d.bans || []).map((b) => [b.who, b.why, clock(b.until)]), "nobody");
  table("checks", ["check", "state", "since", "took", "up in 24 hours", "in 30 days"], (d.checks || []).map((c) =>
    [c.name + (c.detail ? ": " + c.detail : ""), c.state, c.since.startsWith("0001") ? "" : clock(c.since), number(c.took) + " s", percent(c.uptime_24h), percent(c.uptime_30d)]), "none are configured");
  table("elsewhere", ["refuge", "kind", "state"], (d.elsewhere || []).map((r) => [r.name, r.kind, r.state]), "none are configured");
  table("channels", ["channel", "last alert"], (d.channels || []).map((c) => [c.name + (c.error ? ": " + c.error : ""), c.last ? clock(c.last) : "none yet"]), "none are configured");
  const list = at("events"), text = JSON.stringify(d.events || []);
  if (list.dataset.was === text) return;
  list.dataset.was = text;
  list.replaceChildren(...(d.events || []).map((e) => {
    const li = document.createElement("li");
    li.className = e.voice;
    li.textContent = `${clock(e.at)} ${e.voice}: ${e.text}`;
    return li;
  }));
  if (!list.children.length) { const li = document.createElement("li"); li.textContent = "nothing yet"; list.append(li); }
}

function listen() {
  const source = new EventSource("events");
  source.addEventListener("history", (e) => {
    const all = JSON.parse(e.data);
    data = keys.map(() => []);
    (all.points || []).forEach(push);
    say("lost", "");
    showNow(all.now);
    if (all.details) showLists(all.details);
    draw();
  });
  source.addEventListener("state", (e) => {
    const s = JSON.parse(e.data);
    push(pointOf(s.now));
    if (document.hidden) return;
    showNow(s.now);
    if (s.details) showLists(s.details);
    redraw();
  });
  source.onerror = () => {
    say("lost", "The connection to buzzproof is lost. Trying again.");
    // A browser gives up when it was answered with an error.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
}

function sure(question) {
  return new Promise((resolve) => {
    const d = at("sure");
    say("question", question);
    d.returnValue = "no";
    d.onclose = () => resolve(d.returnValue === "yes");
    d.showModal();
  });
}

for (const button of document.querySelectorAll("button[data-do]")) {
  button.onclick = async () => {
    const from = button.dataset.from, what = from ? at(from).value.trim() : "";
    if (from && !what) { say("said", "An address is wanted."); at(from).focus(); return; }
    if (!await sure(`${button.textContent}${what ? ": " + what : ""}?`)) return;
    try {
      const answer = await fetch("do", { method: "POST", headers: { "Buzzproof-Do": "1", "Content-Type": "application/json" },
        body: JSON.stringify({ do: button.dataset.do, what, for: (button.dataset.for || 0) * 1e9 }) });
      say("said", (await answer.text()).trim());
    } catch { say("said", "buzzproof does not answer."); }
  };
}

let resized;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
document.addEventListener("visibilitychange", () => { if (!document.hidden) redraw(); });
listen();

"use strict";
// How each check went: a bar of its states and a plot of what its looks took.
// What is worse stands taller: colour is never alone.
const courseStates = { u: ["up", 8], s: ["slow", 16], n: ["near its end", 16], d: ["down", 24], "-": ["not looked at", 2] };
const courseHigh = 24;
let courses = [];
let latencies = [];

function svg(name, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
}

// runs are the stretches of one state, each with where it begins and ends.
function runs(s) {
  const all = [];
  for (let i = 0; i < s.states.length; i++) {
    const last = all[all.length - 1];
    if (last && last.state === s.states[i]) last.until = i + 1;
    else all.push({ state: s.states[i], from: i, until: i + 1 });
  }
  return all;
}

function spell(s, run) {
  const show = (i) => new Date((s.from + i * s.step) * 1000).toLocaleString([],
    Object.assign({ hour: "2-digit", minute: "2-digit" }, s.step > 3600 ? { day: "numeric", month: "short" } : {}));
  return `${courseStates[run.state][0]}, ${show(run.from)} to ${show(run.until)}`;
}

function courseSays(s) {
  const down = runs(s).filter((r) => r.state === "d").slice(-3).map((r) => spell(s, r));
  const looked = s.took.filter((_, i) => s.states[i] !== "-");
  if (!looked.length) return "Nobody has looked yet.";
  const mean = looked.reduce((a, b) => a + b, 0) / looked.length;
  return `Up for ${percent(s.uptime)}; ${took(mean)} on average, ${took(Math.max(...s.most))} at most. ` + (down.length ? `Last ${down.join("; ")}.` : "Never down.");
}

const took = (x) => x < 1 ? (x * 1000).toFixed(x < 0.01 ? 1 : 0) + " ms" : number(x) + " s";

function courseBar(s) {
  const bar = svg("svg", { viewBox: `0 0 ${s.states.length} ${courseHigh}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "course" });
  for (const run of runs(s)) {
    const tall = courseStates[run.state][1];
    const rect = svg("rect", { x: run.from, y: courseHigh - tall, width: run.until - run.from, height: tall, class: run.state === "-" ? "state-none" : "state-" + run.state });
    const title = svg("title", {});
    title.textContent = spell(s, run);
    rect.append(title);
    bar.append(rect);
  }
  return bar;
}

function latency(s, where) {
  const t = [], mean = [], most = [];
  for (let i = 0; i < s.states.length; i++) {
    const seen = s.states[i] !== "-";
    t.push(s.from + i * s.step);
    mean.push(seen ? s.took[i] : null);
    most.push(seen ? s.most[i] : null);
  }
  const axis = { stroke: shade("--faint"), grid: { stroke: shade("--line") }, ticks: { show: false } };
  return new uPlot({
    width: Math.max(180, where.clientWidth), height: 110, legend: { show: false }, cursor: { show: false },
    scales: { y: { range: (u, lo, hi) => [0, (hi || 0.001) * 1.1] } },
    axes: [axis, Object.assign({ size: 64, values: (u, v) => v.map(took) }, axis)],
    series: [{}, { stroke: shade("--people"), width: 2, points: { show: false } }, { stroke: shade("--faint"), dash: [3, 4], points: { show: false } }],
  }, [t, mean, most], where);
}

function showCourses() {
  latencies.forEach((p) => p.destroy());
  latencies = [];
  at("spans").hidden = !courses.length;
  at("courses").replaceChildren(...courses.map((c) => {
    const s = c[at("span").value], figure = document.createElement("figure");
    const name = document.createElement("figcaption"), plot = document.createElement("div"), said = document.createElement("p");
    name.textContent = c.name;
    plot.className = "latency";
    plot.setAttribute("aria-hidden", "true");
    said.className = "faint";
    said.textContent = courseSays(s);
    figure.append(name, courseBar(s), plot, said);
    return figure;
  }));
  courses.forEach((c, i) => latencies.push(latency(c[at("span").value], document.querySelectorAll("#courses .latency")[i])));
}

async function askCourses() {
  if (document.hidden) return;
  try {
    const answer = await fetch("courses");
    if (!answer.ok) return;
    const text = await answer.text();
    if (text === askCourses.was) return;
    askCourses.was = text;
    courses = JSON.parse(text);
    showCourses();
  } catch { /* the stream of events says that nobody answers */ }
}

at("span").onchange = showCourses;
addEventListener("resize", () => { clearTimeout(askCourses.resized); askCourses.resized = setTimeout(showCourses, 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showCourses);
document.addEventListener("visibilitychange", askCourses);
setInterval(askCourses, 30000);
askCourses();

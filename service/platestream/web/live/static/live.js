// The live page: one stream of events in, cards and charts out; one picture out, its plates in.
// The token lives in this module's memory only: no cookie, no storage.

const MOST_CARDS = 24;
const RATE_POINTS = 60; // one a second
const RETRY_MS = [500, 1000, 2000, 5000];
const SVG = "http://www.w3.org/2000/svg";

const needsToken = document.documentElement.dataset.authentication === "token";
const caller = { project: "live", token: "" };
const rates = [];
let paused = false;
let previewUrl = null;

const byId = (id) => document.getElementById(id);

function make(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function identity() {
  return needsToken ? { "X-Auth-Token": caller.token, "X-Project-Id": caller.project } : {};
}

// -- the feed ------------------------------------------------------------------------------------

function connection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection").textContent = text;
}

// EventSource cannot send headers, and a token in an address ends up in logs: so fetch is used.
async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { name: "message", data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      yield { name: event.name, data: JSON.parse(event.data) };
    }
  }
}

async function watch() {
  for (let failures = 0; ; failures += 1) {
    try {
      const answer = await fetch("/live/events", { headers: identity(), cache: "no-store" });
      if (answer.status === 401) return askWho("The service does not know this project and token.");
      if (!answer.ok) throw new Error(String(answer.status));
      connection("live", "live");
      failures = 0;
      for await (const event of events(answer)) {
        if (event.name === "stats") showStats(event.data);
        if (event.name === "plates" && !paused) showPlates(event.data);
      }
    } catch (error) {
      console.info("the feed was interrupted", error.message);
    }
    connection("away", "reconnecting");
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function askWho(problem = "") {
  connection("away", "signed out");
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = problem;
  byId("project").focus();
}

byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  caller.project = byId("project").value.trim();
  caller.token = byId("token").value;
  byId("token").value = "";
  byId("sign-in").hidden = true;
  watch();
});

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Resume" : "Pause";
});

// -- plates --------------------------------------------------------------------------------------

const percent = (share) => `${(share * 100).toFixed(1)} %`;

function plateText(plate) {
  const node = make("span", { className: "plate", textContent: plate.plate_number, lang: "zh" });
  node.dataset.color = plate.plate_color;
  return node;
}

function facts(pairs) {
  const cells = pairs.flatMap(([name, value]) => [
    make("dt", { textContent: name }),
    make("dd", { textContent: value }),
  ]);
  return make("dl", {}, cells);
}

function card(plate, frame) {
  const crop = plate.crop
    ? make("img", { src: plate.crop, alt: `Crop of plate ${plate.plate_number}` })
    : make("span", { className: "quiet", textContent: "picture not kept" });
  return make("li", {}, [
    make("div", { className: "crop" }, [crop]),
    plateText(plate),
    facts([
      ["colour", plate.plate_color],
      ["confidence", percent(plate.confidence)],
      ["camera", frame.camera],
      ["at", new Date(frame.processed_at).toLocaleTimeString()],
    ]),
  ]);
}

function showPlates(frame) {
  const list = byId("plates");
  byId("empty").hidden = true;
  for (const plate of frame.plates) list.prepend(card(plate, frame));
  while (list.children.length > MOST_CARDS) list.lastElementChild.remove();
}

// -- charts --------------------------------------------------------------------------------------

function showStats(stats) {
  byId("rate").textContent = stats.per_second.toFixed(1);
  byId("totals").textContent =
    `${stats.frames} frames, ${stats.plates} plates, ${stats.no_plate} without, ${stats.failed} failed`;
  rates.push(stats.per_second);
  if (rates.length > RATE_POINTS) rates.shift();
  const top = Math.max(1, ...rates);
  const points = rates.map((rate, i) => `${(i * 240) / (RATE_POINTS - 1)},${58 - (rate / top) * 54}`);
  byId("rate-line").replaceChildren(draw("polyline", { points: points.join(" ") }));
  byId("rate-line").setAttribute("aria-label", `Now ${rates.at(-1)}, at most ${top} frames per second`);
  histogram("latency", stats.latency, (end) => `${end} ms`, "frames");
  histogram("confidence", stats.confidence, (end) => String(end), "plates");
}

function histogram(id, { bins, counts }, unit, what) {
  const chart = byId(id);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const step = 240 / counts.length;
  const most = Math.max(1, ...counts);
  chart.replaceChildren();
  counts.forEach((count, i) => {
    const height = (count / most) * 78;
    chart.append(draw("rect", { x: i * step + 1, y: 80 - height, width: step - 2, height }));
    if (i < bins.length) chart.append(draw("text", { x: (i + 1) * step, y: 92 }, short(bins[i])));
  });
  const text = total === 0 ? `no ${what} yet` : `median of ${total} ${what}: ${median()}`;
  chart.setAttribute("aria-label", text);
  byId(`${id}-text`).textContent = text;

  function median() {
    let seen = 0;
    const at = counts.findIndex((count) => (seen += count) >= total / 2);
    return at < bins.length ? `at most ${unit(bins[at])}` : `above ${unit(bins.at(-1))}`;
  }
}

const short = (value) => (value >= 1000 ? `${value / 1000}k` : String(value));

// -- reading a picture ---------------------------------------------------------------------------

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

async function read(file) {
  const answer = byId("answer");
  if (needsToken && !caller.token) return askWho("Pictures are read for known projects only.");
  answer.replaceChildren(make("p", { textContent: `Reading ${file.name} …` }));
  preview(file, []);
  try {
    const reply = await fetch(`/v2/${encodeURIComponent(caller.project)}/ocr/license-plate`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...identity() },
      body: JSON.stringify({ image: await base64(file) }),
    });
    const content = await reply.json();
    if (!reply.ok) return failed(`${content.error_code}: ${content.error_msg}`);
    preview(file, content.result);
    answer.replaceChildren(...described(content.result));
  } catch (error) {
    failed(`The picture was not read: ${error.message}`);
  }

  function failed(text) {
    answer.replaceChildren(make("p", { className: "failure", textContent: text }));
  }
}

function described(plates) {
  if (plates.length === 0) return [make("p", { textContent: "No plate in this picture." })];
  return plates.map((plate) =>
    make("p", {}, [plateText(plate), ` ${plate.plate_color}, confidence ${percent(plate.confidence)}`]),
  );
}

function preview(file, plates) {
  const picture = byId("preview-picture");
  const overlay = byId("preview-plates");
  if (previewUrl) URL.revokeObjectURL(previewUrl);
  previewUrl = URL.createObjectURL(file);
  picture.onload = () => {
    overlay.setAttribute("viewBox", `0 0 ${picture.naturalWidth} ${picture.naturalHeight}`);
    byId("preview").hidden = false;
  };
  picture.onerror = () => (byId("preview").hidden = true); // no browser shows every TIFF
  picture.src = previewUrl;
  const outline = (plate) => draw("polygon", { points: plate.plate_location.join(" ") });
  overlay.replaceChildren(...plates.map(outline));
}

byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) read(file);
  event.target.value = ""; // the same picture may be chosen again
});

// Anywhere on the page: a drop beside the target would otherwise leave the page for the picture.
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) byId("drop").classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  byId("drop").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) read(file);
});

if (needsToken) askWho();
else watch();

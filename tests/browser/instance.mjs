// The program as a person starts it, and the browser that visits it.
//
// Invariant: every test file has an instance and a data folder of its own, and leaves neither a process nor a file.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, "../..", process.env.CARGO_TARGET_DIR ?? "target");

/** Where screenshots go, for people to look at. */
export const shots = join(here, "shots");
mkdirSync(shots, { recursive: true });

function program() {
  const path = join(target, "debug/conductatlas");
  assert.ok(existsSync(path), `${path} is missing: run \`cargo build -p conductatlas\` first, or ./test`);
  return path;
}

function browserProgram() {
  const given = process.env.CHROMIUM;
  if (given) return given;
  try {
    return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error("no chromium on the path: install it, or name it in CHROMIUM");
  }
}

/** A browser that speaks to nobody but the instance. */
export async function openBrowser() {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    // Only loopback has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  // Chromium refuses to sandbox itself under root.
  if (process.getuid?.() === 0) quiet.push("--no-sandbox");
  return chromium.launch({ executablePath: browserProgram(), args: quiet });
}

/** A running `conductatlas up` with a private database and the samples. */
export class Instance {
  static async start() {
    const data = mkdtempSync(join(tmpdir(), "conductatlas-browser-"));
    // Under root the database runs as another user, who has to get in.
    chmodSync(data, 0o755);
    const instance = new Instance(data);
    await instance.#listen();
    return instance;
  }

  constructor(data) {
    this.data = data;
    this.log = "";
    this.environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME ?? "/",
      CONDUCTATLAS_DATA: join(data, "instance"),
      CONDUCTATLAS_LISTEN: "127.0.0.1:0",
      CONDUCTATLAS_POLL: "false",
      CONDUCTATLAS_PAGE_CACHE_SECONDS: "0",
    };
    for (const name of ["CONDUCTATLAS_PG_BIN", "XDG_CACHE_HOME"]) {
      if (process.env[name]) this.environment[name] = process.env[name];
    }
  }

  async #listen() {
    this.process = spawn(program(), ["up"], { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    // A run that is cut short takes the instance along.
    process.once("exit", () => this.process.kill("SIGTERM"));
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
    this.ended = new Promise((done) => this.process.on("exit", (code, signal) => done({ code, signal })));
    this.process.stderr.on("data", (bytes) => (this.log += bytes));
    let output = "";
    const address = new Promise((found) => {
      this.process.stdout.on("data", (bytes) => {
        output += bytes;
        const line = output.match(/^(http:\/\/\S+)\n/m);
        if (line) found(line[1]);
      });
    });
    const gaveUp = new Promise((_, fail) => {
      setTimeout(() => fail(new Error(`no address within three minutes\n${this.log}`)), 180_000).unref();
    });
    const early = this.ended.then((end) => {
      throw new Error(`the program ended early: ${JSON.stringify(end)}\n${this.log}`);
    });
    early.catch(() => {});
    this.url = await Promise.race([address, gaveUp, early]);
  }

  /** Runs another verb on the same instance, which has to end well; returns what it said. */
  verb(...words) {
    const done = spawnSync(program(), words, { env: this.environment, encoding: "utf8", timeout: 60_000 });
    assert.equal(done.status, 0, `${words.join(" ")}: ${done.stderr}`);
    return done.stderr;
  }

  /** Stops it as Ctrl-C or a supervisor does: it ends well and takes its database with it. */
  async stop() {
    this.process.kill("SIGTERM");
    const slow = setTimeout(() => this.process.kill("SIGKILL"), 60_000);
    const end = await this.ended;
    clearTimeout(slow);
    const left = processesThatName(this.data);
    for (const { id } of left) process.kill(id, "SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
    assert.deepEqual(end, { code: 0, signal: null }, `it did not end well\n${this.log}`);
    assert.deepEqual(left, [], "something is still running");
  }
}

/** Processes whose command line names a folder. */
function processesThatName(folder) {
  const found = [];
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
      if (words.includes(folder)) found.push({ id: Number(id), words });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** A page that remembers everything that went wrong in it. */
export async function openPage(browser, instance, options = {}) {
  const context = await browser.newContext({ baseURL: instance.url, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(20_000);
  const faults = [];
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
  page.on("requestfailed", (request) => {
    const error = request.failure()?.errorText;
    // Whoever goes on before the icon is there gives it up; a missing or refused icon fails otherwise.
    if (error === "net::ERR_ABORTED" && /\/static\/favicon\.[0-9a-f]+\.svg$/.test(request.url())) return;
    faults.push(`${request.url()}: ${error}`);
  });
  return { context, page, faults };
}

/** Asks again and again until something is found. */
export async function until(what, ask, patience = 60_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() < end, `not within ${patience / 1000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

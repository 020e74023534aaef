// Every page, as it looks and as it is read aloud: frame, narrow screens, contrast, keyboard.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Instance, openBrowser, openPage, shots } from "./instance.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DOCUMENT = "/platform/halden-ai/privacy-policy";

const PERSON = { email: "staff@example.org", password: "a pass phrase for the staff area" };

let instance;
let browser;
/** What a browser keeps of a person who has logged in and belongs to the staff. */
let session;
/** Name and path of every page, in the order in which a reader comes to them. */
const pages = [];
/** The same for the pages of an account and of the staff area. */
const inside = [];

before(async () => {
  instance = await Instance.start();
  browser = await openBrowser();
  pages.push(...(await walk()));
  session = await enter();
  inside.push(...(await walkInside()));
});

after(async () => {
  await browser?.close();
  await instance?.stop();
});

/** From the home page to every kind of page, by links alone. */
async function walk() {
  const { context, page } = await openPage(browser, instance);
  const found = [];
  const here = (name) => found.push([name, page.url().slice(instance.url.length).replace(/#.*/, "")]);
  const follow = async (selector, name) => {
    const link = page.locator(selector).first();
    assert.ok((await link.count()) > 0, `${page.url()} has no link ${selector} to the ${name}`);
    const href = await link.getAttribute("href");
    const response = await page.goto(new URL(href, page.url()).href);
    assert.equal(response.status(), 200, `${name}: ${href}`);
    here(name);
  };
  await page.goto("/");
  here("home");
  await follow('header a[href="/platforms"]', "platforms");
  await follow('main a[href="/platform/halden-ai"]', "platform");
  await follow(`main a[href="${DOCUMENT}"]`, "document");
  const record = page.url();
  await follow(`main a[href^="${DOCUMENT}/versions/"]`, "version");
  await page.goto(record);
  await follow('main a[href^="/change/"]', "change");
  await page.goto(record);
  await follow(`main a[href="${DOCUMENT}/model-training-use"]`, "provision");
  await page.goto(`${DOCUMENT}/diff?version=3&with=1`);
  assert.equal(new URL(page.url()).pathname, `${DOCUMENT}/diff/1..3`);
  here("diff");
  await page.goto("/");
  await follow('header a[href="/compare"]', "comparisons");
  await follow('main a[href^="/compare/"]', "comparison");
  await follow('header a[href="/provisions"]', "provisions");
  await follow('main a[href="/provisions/model-training-use"]', "provision-type");
  await follow('footer a[href="/regulations"]', "regulations");
  await follow('main a[href="/regulations/gdpr"]', "regulation");
  await follow('main a[href="/regulations/gdpr/art-5"]', "article");
  await follow('header a[href="/changes"]', "changes");
  await follow('header a[href="/pricing"]', "pricing");
  await follow('footer a[href="/methodology"]', "methodology");
  await follow('main a[href^="/methodology/rubric/"]', "rubric");
  await follow('footer a[href="/coverage"]', "coverage");
  await follow('footer a[href="/verify"]', "verify");
  await follow('footer a[href="/security"]', "security");
  await follow('footer a[href="/terms"]', "terms");
  await follow('footer a[href="/privacy"]', "privacy");
  await follow('footer a[href="/outbox"]', "outbox");
  await follow('header a[href="/login"]', "login");
  await follow('header a[href="/signup"]', "signup");
  await page.goto("/search?q=training");
  here("search");
  await follow('footer a[href="/registry"]', "registry");
  await page.goto("/platforms");
  await follow('main a[href^="/category/"]', "category");
  await page.goto("/compare?type=model-training-use,arbitration&platforms=halden-ai,northpine");
  here("own-comparison");
  await page.goto("/");
  await follow('main a[href="/category/ai-assistants"]', "category-without-texts");
  await page.goto("/platform/adobe");
  here("platform-without-texts");
  await context.close();
  return found;
}

/** Signs up, confirms, joins the staff and logs in; returns the cookies. */
async function enter() {
  const { context, page } = await openPage(browser, instance);
  await page.goto("/signup");
  await page.fill('main input[type="email"]', PERSON.email);
  await page.fill('main input[type="password"]', PERSON.password);
  await page.check("#terms");
  await page.click('main button[type="submit"]');
  await page.waitForURL("**/signup/check*");
  instance.verb("admin", "confirm", PERSON.email);
  instance.verb("admin", "staff", PERSON.email);
  await page.goto("/login");
  await page.fill('main input[type="email"]', PERSON.email);
  await page.fill('main input[type="password"]', PERSON.password);
  await page.click('main button[type="submit"]');
  await page.waitForURL("**/app");
  const kept = await context.storageState();
  await context.close();
  return kept;
}

/** Every page of an account and of the staff area, by the links of their menus. */
async function walkInside() {
  const { context, page } = await openPage(browser, instance, { storageState: session });
  const found = [];
  for (const start of ["/app", "/admin"]) {
    await page.goto(start);
    const paths = await page.locator('nav.app__nav a[href^="/"]').evaluateAll((links) => links.map((link) => link.pathname));
    assert.ok(paths.length > 2, `${start}: ${paths}`);
    for (const path of new Set(paths)) found.push([path.slice(1).replaceAll("/", "-"), path]);
  }
  await page.goto("/admin/review");
  const finding = await page.locator('main li h2 a[href^="/admin/review/"]').first().getAttribute("href");
  found.push(["admin-review-one", finding]);
  const words = encodeURIComponent("We may use content you submit to train our models");
  found.push(["verified-words", `/verify?quote=${words}`]);
  await context.close();
  return found;
}

test("every page has a title of its own, one heading, one main part, and no error", async () => {
  const { context, page, faults } = await openPage(browser, instance);
  const titles = new Map();
  for (const [name, path] of pages) {
    const response = await page.goto(path);
    assert.equal(response.status(), 200, path);
    const title = await page.title();
    assert.ok(title.length > 5 && title.length <= 75, `${name}: “${title}” is ${title.length} characters long`);
    assert.ok(!titles.has(title), `${name} and ${titles.get(title)} have the same title “${title}”`);
    titles.set(title, name);
    assert.equal(await page.locator("h1").count(), 1, `${name}: headings of the first level`);
    assert.equal(await page.locator("main#main").count(), 1, `${name}: main#main`);
    assert.ok((await page.locator('meta[name="description"]').getAttribute("content")).length > 20, `${name}: description`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("no page is wider than a narrow screen, and everything can be read and named", { concurrency: 2 }, async (t) => {
  const runs = [];
  for (const width of [360, 1280]) {
    for (const theme of ["light", "dark"]) {
      const run = t.test(`${width} px, ${theme}`, async () => {
        const violations = [];
        for (const [list, storageState] of [[pages, undefined], [inside, session]]) {
          const options = { viewport: { width, height: 900 }, storageState };
          const { context, page, faults } = await openPage(browser, instance, options);
          await context.addCookies([{ name: "theme", value: theme, url: instance.url }]);
          for (const [name, path] of list) violations.push(...(await look(page, name, path, theme, width)));
          assert.deepEqual(faults, []);
          await context.close();
        }
        assert.deepEqual(violations, []);
      });
      runs.push(run);
    }
  }
  await Promise.all(runs);
});

/** What is wrong with a page as it stands there: its width, and whatever axe finds. */
async function look(page, name, path, theme, width) {
  const violations = [];
  const response = await page.goto(path);
  assert.equal(response.status(), 200, path);
  assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
  const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (content > room) violations.push(`${name}: ${content} px wide in ${room}`);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    return result.violations.flatMap((rule) =>
      rule.nodes.slice(0, 3).map((node) => `${rule.id} ${node.target}: ${node.failureSummary}`),
    );
  });
  violations.push(...found.map((line) => `${name}: ${line}`));
  await page.screenshot({ path: join(shots, `${name}-${theme}-${width}.png`), fullPage: true });
  return violations;
}

test("the keyboard skips to the text, and shows where it is", async () => {
  const { context, page } = await openPage(browser, instance);
  for (const path of ["/", DOCUMENT, `${DOCUMENT}/model-training-use`]) {
    await page.goto(path);
    await page.keyboard.press("Tab");
    const skip = page.locator("a.skip");
    assert.ok(await skip.evaluate((link) => link === document.activeElement), `${path}: the first stop is the skip link`);
    assert.ok((await skip.boundingBox()).x >= 0, `${path}: the skip link is seen while it has the focus`);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const inside = await page.evaluate(() => document.querySelector("main").contains(document.activeElement));
    assert.ok(inside, `${path}: after the skip link the next stop is in the text`);
    await page.goto(path);
    for (let stop = 0; stop < 30; stop += 1) {
      await page.keyboard.press("Tab");
      const seen = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
        return { visible: outlined || style.boxShadow !== "none", what: element.outerHTML.slice(0, 120) };
      });
      if (seen) assert.ok(seen.visible, `${path}: no sign of the focus on ${seen.what}`);
    }
  }
  await context.close();
});

test("the menu of a narrow screen opens with the keyboard", async () => {
  const { context, page } = await openPage(browser, instance, { viewport: { width: 375, height: 800 } });
  await page.goto("/");
  const menu = page.locator("button.nav-open");
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.locator('#nav a[href="/platforms"]').waitFor({ state: "visible" });
  await page.locator('#nav a[href="/platforms"]').click();
  assert.equal(new URL(page.url()).pathname, "/platforms");
  await context.close();
});

test("the display switch is kept and can be undone", async () => {
  const { context, page } = await openPage(browser, instance);
  await page.goto(DOCUMENT);
  for (const [button, theme] of [["Dark", "dark"], ["Light", "light"], ["Follow my device", null]]) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.waitForURL((url) => url.pathname === DOCUMENT);
    assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
  }
  await context.close();
});

test("samples are marked as such on every page that shows one", async () => {
  const { context, page } = await openPage(browser, instance, { javaScriptEnabled: false });
  const shown = pages.filter(([name]) => ["platform", "document", "version", "change", "provision", "diff"].includes(name));
  for (const [name, path] of shown) {
    await page.goto(path);
    assert.ok(await page.getByText("This record is fictitious.").isVisible(), name);
  }
  await context.close();
});

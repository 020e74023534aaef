// Every page, as it looks and as it is read aloud: frame, narrow screens, contrast, keyboard.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Instance, openBrowser, openPage, shots } from "./instance.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DOCUMENT = "/platform/halden-ai/privacy-policy";

let instance;
let browser;
/** Name and path of every page, in the order in which a reader comes to them. */
const pages = [];

before(async () => {
  instance = await Instance.start();
  browser = await openBrowser();
  pages.push(...(await walk()));
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
  for (const width of [375, 1280]) {
    for (const theme of ["light", "dark"]) {
      const run = t.test(`${width} px, ${theme}`, async () => {
        const { context, page, faults } = await openPage(browser, instance, { viewport: { width, height: 900 } });
        await context.addCookies([{ name: "theme", value: theme, url: instance.url }]);
        const violations = [];
        for (const [name, path] of pages) {
          await page.goto(path);
          assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
          const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          if (content > room) violations.push(`${name}: ${content} px wide in ${room}`);
          await page.evaluate(axe);
          const found = await page.evaluate(async () => {
            const result = await window.axe.run(document, {
              runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
              resultTypes: ["violations"],
              preload: false,
            });
            return result.violations
              .filter((rule) => ["serious", "critical"].includes(rule.impact))
              .flatMap((rule) => rule.nodes.slice(0, 3).map((node) => `${rule.id} ${node.target}: ${node.failureSummary}`));
          });
          violations.push(...found.map((line) => `${name}: ${line}`));
          await page.screenshot({ path: join(shots, `${name}-${theme}-${width}.png`), fullPage: true });
        }
        assert.deepEqual(violations, []);
        assert.deepEqual(faults, []);
        await context.close();
      });
      runs.push(run);
    }
  }
  await Promise.all(runs);
});

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

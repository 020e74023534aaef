// From a stranger to a mail with the exact words, and out of it again; without a line of JavaScript.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Instance, openBrowser, openPage, shots, until } from "./instance.mjs";

const EMAIL = "maryam@example.org";
const PASSWORD = "the heron waits by the weir";
const BEFORE = "erased from our systems within 30 days after you delete them.";
const AFTER = "which we retain for up to five years even if you delete the conversation.";

let instance;
let browser;

before(async () => {
  instance = await Instance.start();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await instance?.stop();
});

/** Opens the newest mail in the outbox whose subject matches, when there is one. */
async function openMail(page, subject) {
  await until(`a mail “${subject}”`, async () => {
    await page.goto("/outbox");
    return (await page.locator("main a", { hasText: subject }).count()) > 0;
  });
  await page.locator("main a", { hasText: subject }).first().click();
  return (await page.locator("pre").innerText()).replaceAll(/\s+/g, " ");
}

/** How many changes of the document are published. */
async function changes(page) {
  await page.goto("/platform/halden-ai/privacy-policy");
  return page.locator("#versions a[href^='/change/']").count();
}

test("a reader signs up, follows, is told the exact words the same day, and unsubscribes", async () => {
  const { context, page, faults } = await openPage(browser, instance, { javaScriptEnabled: false });
  const shot = (name) => page.screenshot({ path: join(shots, `way-${name}.png`), fullPage: true });

  await page.goto("/");
  await page.getByRole("link", { name: "Start free" }).first().click();
  await page.getByLabel("Your name").fill("Maryam");
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("I accept the terms").check();
  await page.getByRole("button", { name: "Create account" }).click();
  assert.equal(await page.locator("h1").innerText(), "Check your mail");
  await page.getByRole("link", { name: "mail outbox" }).first().click();
  await openMail(page, "Confirm");
  await shot("confirmation-mail");
  await page.locator('pre a[href^="/confirm/"]').click();
  await page.getByRole("button", { name: "Confirm my address" }).click();
  assert.ok(await page.getByText("Your e-mail address is confirmed.").isVisible());
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/app");
  await shot("overview-empty");

  // One platform on Free; the second is refused with a way up.
  await page.goto("/platform/halden-ai");
  await page.getByRole("button", { name: "Watch Halden AI" }).click();
  assert.ok(await page.getByRole("button", { name: "Watching Halden AI" }).isVisible());
  await page.goto("/platform/northpine");
  assert.ok(await page.locator("form[action='/watch'] button").first().isDisabled(), "the plan is full");
  assert.ok(await page.getByText("Your plan is full.").first().isVisible());
  await shot("plan-full-button");
  await page.goto("/app/watches?q=Northpine");
  await page.locator("#add form[action='/watch'] button").first().click();
  assert.match(await page.locator("h1").innerText(), /Free follows 1 platform/);
  assert.ok(await page.getByRole("link", { name: "See the plans" }).isVisible());
  await shot("plan-full");

  // On Watcher there is room.
  instance.verb("admin", "plan", EMAIL, "watcher");
  for (const [slug, name] of [["northpine", "Northpine"], ["brightloom", "Brightloom"]]) {
    await page.goto(`/platform/${slug}`);
    await page.locator("form[action='/watch'] button").first().click();
    assert.ok(await page.getByRole("button", { name: new RegExp(`^Watching ${name}`) }).isVisible(), slug);
  }
  await page.goto("/app/watches");
  await shot("watchlist");

  // Something happens, and is told.
  instance.verb("demo", "step", "halden-ai", "privacy-policy");
  const text = await openMail(page, "Halden AI");
  await shot("alert");
  assert.ok(text.includes(BEFORE), `“${BEFORE}” is not in the mail:\n${text}`);
  assert.ok(text.includes(AFTER), `“${AFTER}” is not in the mail:\n${text}`);
  const mail = page.url();
  assert.ok(await page.getByText("List-Unsubscribe", { exact: true }).isVisible());
  await page.goto(`${mail}/html`);
  await shot("alert-html");
  await page.goto(mail);
  await page.locator('pre a[href^="/change/"]').last().click();
  assert.ok((await page.locator("main").innerText()).includes("five years"), "the record shows the same words");
  await shot("change");
  await page.goto("/app");
  assert.ok(await page.getByText("five years").first().isVisible(), "the inbox shows it as well");
  await shot("overview-alert");

  // One click ends it.
  await page.goto(mail);
  await page.locator('pre a[href^="/u/"]').click();
  assert.ok(await page.getByText("Nothing is changed yet.").isVisible(), "opening the link changes nothing");
  await page.getByRole("button", { name: "Unsubscribe", exact: true }).click();
  assert.equal(await page.locator("h1").innerText(), "You are unsubscribed");
  await shot("unsubscribed");
  const held = await changes(page);
  instance.verb("demo", "step", "halden-ai", "privacy-policy");
  await until("the next change is published", async () => (await changes(page)) > held);
  await until("every job is done", () => instance.verb("admin", "jobs").includes(" 0 are in the queue"));
  await page.goto("/outbox");
  assert.equal(await page.locator("main a", { hasText: "Halden AI" }).count(), 1, "no further mail");

  await page.goto("/app/settings");
  await shot("settings");
  await page.getByRole("button", { name: "Log out" }).first().click();
  await page.getByText("You are logged out.").waitFor();
  await page.goto("/app");
  assert.equal(new URL(page.url()).pathname, "/login");
  // The browser tells of every status from 400 on; the page of a full plan has one on purpose.
  const unexpected = faults.filter((fault) => !/\/watch: .* status of 402/.test(fault));
  assert.deepEqual(unexpected, []);
  await context.close();
});

// A person at a real browser: headless Chromium opens an address of the provider, signs in and
// says yes.
//
//   node browser.mjs URL ACCOUNT      exits with 0 when the last page says that it is done
import { createRequire } from 'node:module';

const require = createRequire(process.env.PORTCULLIS_TEST_NODE_MODULES + '/');
const { chromium } = require('playwright-core');
const [url, account] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.PORTCULLIS_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  // The device page asks to confirm the code, then who it is, then whether it may.
  for (let step = 0; step < 6; step += 1) {
    const text = await page.innerText('body');
    if (/may close this window|Sign-in Success/i.test(text) || /refused|not the answer/i.test(text)) {
      console.log(text.replace(/\s+/g, ' ').trim());
      process.exitCode = /refused|not the answer/i.test(text) ? 1 : 0;
      break;
    }
    if (await page.locator('input[name=login]').count()) {
      await page.fill('input[name=login]', account);
      await page.fill('input[name=password]', 'any');
    }
    await Promise.all([
      page.waitForNavigation({ waitUntil: 'load' }),
      page.locator('button[type=submit], button[autofocus], form button').first().click(),
    ]);
  }
  if (process.exitCode === undefined) {
    console.log(await page.innerText('body'));
    process.exitCode = 1;
  }
} finally {
  await browser.close();
}

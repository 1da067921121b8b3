// SPDX-License-Identifier: BSD-2-Clause
// Looks at pages in Chromium: node check.mjs BROWSER FOLDER PAGE...
// PAGE is a file, or NAME=URL; LOGIN=URL is visited first, and sets a cookie.
// Prints a line of JSON for each page, width and theme. FOLDER gets the pictures.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [browser_path, folder, ...asked_for] = process.argv.slice(2);
const pages = asked_for.filter((p) => !p.startsWith("LOGIN="));
const login = asked_for.find((p) => p.startsWith("LOGIN="))?.slice("LOGIN=".length);

// the name of a page, and its URL
function named(page) {
	const url = /^[\w-]+=http:/.test(page) ? page.slice(page.indexOf("=") + 1) : pathToFileURL(page).href;

	return [url.startsWith("file:") ? basename(page) : page.slice(0, page.indexOf("=")), url];
}
const browser = await puppeteer.launch({
	executablePath: browser_path, headless: true,
	args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});

if (login) {
	const page = await browser.newPage();

	await page.goto(login);
	await page.close();
}

async function look(path, width, theme, scripts) {
	const page = await browser.newPage();
	const [name, url] = named(path);
	const said = [], asked = [];

	page.on("console", (m) => said.push(m.text()));
	page.on("pageerror", (e) => said.push(String(e)));
	page.on("request", (r) => asked.push(r.url()));
	await page.setBypassCSP(scripts); // for axe alone: the page has no script
	await page.setJavaScriptEnabled(scripts);
	await page.setViewport({ width, height: 800 });
	await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
	const answer = await page.goto(url, { waitUntil: "load" });
	const seen = await page.evaluate(() => ({
		scroll: document.documentElement.scrollWidth,
		view: document.documentElement.clientWidth,
		text: document.body.innerText,
		// a figure that is broken over two lines
		broken: [...document.querySelectorAll("td.n")].filter(
			(cell) => cell.textContent && cell.getClientRects().length &&
				(() => { const r = document.createRange(); r.selectNodeContents(cell);
					return new Set([...r.getClientRects()].map((x) => Math.round(x.top))).size > 1; })(),
		).map((cell) => cell.textContent),
	}));
	let violations = [], passes = 0;

	if (scripts) {
		await page.evaluate(axe);
		const result = await page.evaluate(() => window.axe.run());

		violations = result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(" | ")}`);
		passes = result.passes.length;
	}
	await page.screenshot({ path: join(folder, `${basename(name, ".html")}-${width}-${theme}${scripts ? "" : "-no-scripts"}.png`),
		fullPage: true });
	await page.close();
	console.log(JSON.stringify({ page: name, status: answer?.status(), width, theme, scripts, said, violations, passes,
		asked: asked.filter((a) => !/^(file|data):/.test(a) && new URL(a).origin !== new URL(url).origin), ...seen }));
}

for (const path of pages)
	for (const width of [360, 1280])
		for (const theme of ["light", "dark"]) {
			await look(path, width, theme, true);
			if (theme === "light")
				await look(path, width, theme, false);
		}
await browser.close();

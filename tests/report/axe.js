// Runs axe-core on pages and prints the violations as JSON: node axe.js CHROMIUM WIDTH,WIDTH FILE...
const puppeteer = require("puppeteer-core");
const source = require("axe-core").source;

const [chromium, widths, ...files] = process.argv.slice(2);

(async () => {
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  const found = [];
  for (const width of widths.split(",").map(Number)) {
    await page.setViewport({ width, height: 900 });
    for (const file of files) {
      await page.goto(`file://${file}`, { waitUntil: "load", timeout: 120000 });
      await page.evaluate(source);
      const { violations } = await page.evaluate(() => axe.run());
      for (const { id, impact, nodes } of violations) {
        found.push({ file, width, id, impact, count: nodes.length, first: nodes[0].html.slice(0, 200) });
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 1) found.push({ file, width, id: "wider than the window", impact: "", count: wide, first: "" });
    }
  }
  await browser.close();
  console.log(JSON.stringify(found));
})();

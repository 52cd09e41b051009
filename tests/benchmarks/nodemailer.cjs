// The way a Node program sends a newsletter: a pool of connections, and HTML and text with each reader's values in it.
// It is started by rivals.py, which gives everything as JSON, and prints what it took as JSON.
"use strict";

const fs = require("node:fs");
const nodemailer = require("nodemailer");

const given = JSON.parse(process.argv[2]);
const pool = nodemailer.createTransport({
  host: "127.0.0.1",
  port: given.port,
  secure: false,
  ignoreTLS: true,
  name: "node.example",
  pool: true,
  maxConnections: given.connections,
  maxMessages: Infinity,
});

const html = fs.readFileSync(given.html, "utf8");
const text = fs.readFileSync(given.text, "utf8");

function filled(page, address, token) {
  return page.replaceAll(given.address, address).replaceAll(given.token, token);
}

function mail(number) {
  const address = `reader${number}@readers.example`;
  const token = number.toString(16).padStart(32, "0");
  return {
    from: "The Quay Morning <morning@quay.example>",
    to: { name: `Reader ${number}`, address },
    envelope: { from: given.sender, to: address },
    subject: "The Quay Morning",
    messageId: `<1.${number}@quay.example>`,
    headers: {
      "List-Unsubscribe": `<https://morning.quay.example/leave/${token}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    html: filled(html, address, token),
    text: filled(text, address, token),
    textEncoding: "quoted-printable",
  };
}

let next = 0;

// As many mails are under way as there are connections, two for each: the pool is never idle and nothing piles up.
async function carry() {
  while (next < given.mails) {
    await pool.sendMail(mail(next++));
  }
}

async function main() {
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: given.connections * 2 }, carry));
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const spent = process.cpuUsage(cpu);
  pool.close();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ wall, cpu: (spent.user + spent.system) / 1e6, peak }));
}

main().catch((fault) => {
  console.error(fault.message);
  process.exit(1);
});

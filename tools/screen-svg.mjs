// Turns what a terminal shows into a picture: reads the output of `tmux capture-pane -ep` from standard input and writes an
// SVG to standard output.
//
//   tmux capture-pane -ep -t SESSION | node tools/screen-svg.mjs "valet session watch" > docs/pictures/watch.svg

import { readFileSync } from "node:fs";

const CELL = { width: 8.4, height: 17 };
const PADDING = 12;
const TITLE = 28;
const FOREGROUND = "#d8dee9";
const BACKGROUND = "#14171d";
const PALETTE = [
    "#14171d", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
    "#7d8799", "#ef7f88", "#a9d48a", "#f0cf8e", "#78bdf8", "#d48ce9", "#68c8d4", "#ffffff",
];

/** Applies one escape sequence of colours and weights to a style. */
function styled(style, codes) {
    const next = { ...style };
    for (let i = 0; i < codes.length; i += 1) {
        const code = codes[i];
        if (code === 0) Object.assign(next, { fg: null, bg: null, bold: false, reverse: false });
        else if (code === 1) next.bold = true;
        else if (code === 22) next.bold = false;
        else if (code === 7) next.reverse = true;
        else if (code === 27) next.reverse = false;
        else if (code >= 30 && code <= 37) next.fg = PALETTE[code - 30];
        else if (code >= 90 && code <= 97) next.fg = PALETTE[code - 82];
        else if (code === 39) next.fg = null;
        else if (code >= 40 && code <= 47) next.bg = PALETTE[code - 40];
        else if (code >= 100 && code <= 107) next.bg = PALETTE[code - 92];
        else if (code === 49) next.bg = null;
        else if ((code === 38 || code === 48) && codes[i + 1] === 5) {
            next[code === 38 ? "fg" : "bg"] = PALETTE[codes[i + 2]] ?? null;
            i += 2;
        }
    }
    return next;
}

/** A line as runs of one style each. */
function runs(line, style) {
    const found = [];
    let column = 0;
    let rest = line;
    while (rest.length > 0) {
        const escape = /^\x1b\[([0-9;]*)m/.exec(rest);
        if (escape) {
            style = styled(style, escape[1].split(";").map(Number));
            rest = rest.slice(escape[0].length);
            continue;
        }
        const end = rest.indexOf("\x1b");
        const text = end < 0 ? rest : rest.slice(0, Math.max(end, 1));
        found.push({ column, text, style });
        column += [...text].length;
        rest = rest.slice(text.length);
    }
    return { found, style, width: column };
}

const escaped = (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const title = process.argv[2] ?? "";
const lines = readFileSync(0, "utf8").replace(/\n+$/, "").split("\n");
let style = { fg: null, bg: null, bold: false, reverse: false };
let columns = 80;
const body = [];
lines.forEach((line, row) => {
    const parsed = runs(line, style);
    style = parsed.style;
    columns = Math.max(columns, parsed.width);
    const y = TITLE + PADDING + row * CELL.height;
    for (const { column, text, style: of } of parsed.found) {
        const [fg, bg] = of.reverse ? [of.bg ?? BACKGROUND, of.fg ?? FOREGROUND] : [of.fg ?? FOREGROUND, of.bg];
        const x = (PADDING + column * CELL.width).toFixed(1);
        const width = ([...text].length * CELL.width).toFixed(1);
        if (bg) body.push(`<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${bg}"/>`);
        if (text.trim() === "") continue;
        const weight = of.bold ? ' font-weight="bold"' : "";
        body.push(
            `<text x="${x}" y="${y + 13}" fill="${fg}"${weight} textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(text)}</text>`,
        );
    }
});
const width = Math.ceil(columns * CELL.width + 2 * PADDING);
const height = TITLE + lines.length * CELL.height + 2 * PADDING;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<text x="${width / 2}" y="19" fill="#7d8799" font-family="sans-serif" font-size="12" text-anchor="middle">${escaped(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${body.join("\n")}
</g>
</svg>
`);

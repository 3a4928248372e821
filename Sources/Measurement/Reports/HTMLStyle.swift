// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The look of a report's page. The style sheet has neither `<` nor `&`, so that the page stays valid XML.
enum HTMLStyle {
    static let sheet: Markup = """
        :root {
          color-scheme: light dark;
          --page: #f7f7f5; --surface: #ffffff; --ink: #1d2126; --soft: #5a636d; --line: #e2e4e6; --base: #9aa2ab;
          --accent: #0a5fa5; --band: #a9cdec; --hover: #eef2f6; --rule: #b3400a;
          --warn-page: #fff4d6; --warn-ink: #5f4300; --warn-line: #e5bf5a;
          --scanned-out: #0a6ebd; --composed: #f0b13c; --superseded: #c58fd0; --discarded: #8f1d0a; --unreported: #c6ccd2;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --page: #14171a; --surface: #1c2024; --ink: #e8eaed; --soft: #a0a9b3; --line: #30363c; --base: #68717a;
            --accent: #7cc0f5; --band: #265a86; --hover: #272d33; --rule: #ff9d66;
            --warn-page: #3a2f12; --warn-ink: #ffe2a0; --warn-line: #7a6424;
            --scanned-out: #3585c6; --composed: #f2c14e; --superseded: #dcb4e6; --discarded: #d8472b; --unreported: #6a737c;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif;
        }
        main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 64px; }
        h1, h2, h3, p, figure, dl, dd, ul { margin: 0; }
        h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere; }
        h2 { font-size: 19px; font-weight: 650; letter-spacing: -0.01em; margin: 44px 0 14px; }
        h3, caption { font-size: 15px; font-weight: 600; text-align: left; overflow-wrap: anywhere; }
        .kind { color: var(--soft); font-size: 13px; margin-bottom: 6px; }
        .about { color: var(--soft); margin-top: 8px; }
        .virtual {
          color: var(--warn-ink); background: var(--warn-page); border: 1px solid var(--warn-line); border-radius: 5px;
          padding: 1px 7px; font-weight: 600;
        }
        .partial, .remarks {
          background: var(--warn-page); color: var(--warn-ink); border: 1px solid var(--warn-line); border-radius: 8px;
          padding: 10px 16px; margin-top: 20px; overflow-wrap: anywhere;
        }
        .remarks { list-style: none; }
        .remarks li + li { margin-top: 4px; }
        .summary { max-width: 76ch; font-size: 16px; }
        .none { color: var(--soft); }

        .tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; margin-top: 22px; }
        .tiles div { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 13px 15px 12px; }
        .tiles dt { color: var(--soft); font-size: 13px; }
        .tiles dd { font-size: 26px; font-weight: 600; line-height: 1.3; letter-spacing: -0.015em; white-space: nowrap; }
        .tiles dd.note { color: var(--soft); font-size: 13px; font-weight: 400; letter-spacing: 0; white-space: normal; }

        figure, table {
          background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; margin-bottom: 16px;
        }
        figure h3 { margin-bottom: 10px; }
        figcaption { color: var(--soft); font-size: 13px; margin-top: 8px; }
        figcaption em { color: var(--ink); font-style: normal; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 0 16px; }
        .pair figure { min-width: 0; }
        .scroll { overflow-x: auto; }
        figure svg { display: block; width: 100%; height: auto; }
        svg.wide { min-width: 620px; }
        svg.half { min-width: 300px; }
        svg text { font: 11.5px system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
        .axes text { fill: var(--soft); }
        .grid { stroke: var(--line); }
        .base { stroke: var(--base); }
        .hit { fill: transparent; }
        g:hover > .hit { fill: var(--hover); }
        .band { fill: var(--band); }
        .columns, .modes, .bars { shape-rendering: crispEdges; }
        .mean { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; }
        .bars rect { fill: var(--accent); }
        .bars rect:hover { fill: var(--ink); }
        .mark { fill: var(--ink); font-variant-numeric: tabular-nums; }
        .rule { stroke: var(--rule); stroke-width: 1.25; stroke-dasharray: 4 3; fill: none; }
        .modes g:hover { opacity: 0.75; }
        .scanned-out { fill: var(--scanned-out); }
        .composed { fill: var(--composed); }
        .superseded { fill: var(--superseded); }
        .discarded { fill: var(--discarded); }
        .unreported { fill: var(--unreported); }
        .legend { list-style: none; padding: 0; margin-top: 8px; display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--ink); }
        .legend .key { display: inline-block; width: 11px; height: 11px; margin-right: 7px; }

        table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
        caption {
          background: var(--surface); border: 1px solid var(--line); border-bottom: 0; border-radius: 8px 8px 0 0;
          padding: 14px 18px 2px;
        }
        table { border-top: 0; border-radius: 0 0 8px 8px; padding: 4px 12px 12px; }
        th, td { padding: 5px 6px; text-align: right; font-weight: 400; vertical-align: top; border-bottom: 1px solid var(--line); }
        tbody tr:last-child > * { border-bottom: 0; }
        thead th { color: var(--soft); }
        td { white-space: nowrap; }
        th:first-child, .facts th, .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        .facts { table-layout: fixed; }
        .facts th:first-child { width: 34%; }
        tbody tr:hover > * { background: var(--hover); }
        code { font: 13px ui-monospace, "SF Mono", "Noto Sans Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; }
        .text { text-align: left; white-space: normal; }
        .reasons { min-width: 600px; }
        .durations { min-width: 900px; }
        .meaning { display: block; color: var(--soft); font-size: 12.5px; }
        .cards { columns: 2 420px; column-gap: 16px; }
        .cards table { break-inside: avoid-column; }

        @media (max-width: 560px) {
          main { padding: 24px 14px 40px; }
          h1 { font-size: 24px; }
          figure { padding: 14px 12px; }
          .cards { columns: 1; }
          .tiles { grid-template-columns: repeat(2, 1fr); }
          .tiles dd { font-size: 20px; }
        }
        @media print {
          @page { margin: 14mm; }
          body { background: #ffffff; font-size: 10.5pt; }
          main { max-width: none; padding: 0; }
          h2 { break-after: avoid; }
          figure, tr, .tiles div, .partial, .remarks { break-inside: avoid; }
          .scroll { overflow: visible; }
          .durations { min-width: 0; font-size: 7.5pt; }
          .durations code { font-size: 7.5pt; }
          .meaning { font-size: 7pt; }
          svg.wide, svg.half { min-width: 0; }
          .cards { columns: 2; }
          .pair { grid-template-columns: 1fr 1fr; }
          .pair figure { padding: 10px 12px; }
        }
        """
}

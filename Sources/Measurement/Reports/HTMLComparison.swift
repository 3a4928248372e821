// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The tables of a report's page that compare rungs, or the run with an earlier one.
struct HTMLComparison {
    let comparisons: [Comparison]

    var text: Markup {
        guard !comparisons.isEmpty else { return "" }
        return """
            <h2>Comparison</h2>
            <p class="summary">The means of blocks of the run. Intervals of the ratios by \(Comparison.method).</p>
            \(Markup(comparisons.map(table)))
            """
    }

    private func table(_ comparison: Comparison) -> Markup {
        let heads: [Markup] = [
            "\(comparison.subject, atMost: 40)", "\(comparison.reference, atMost: 40)", "Ratio", "95 % interval", "Verdict",
        ]
        let columns = heads.map { head -> Markup in "<th scope=\"col\">\(head)</th>" }
        let rows = comparison.rows.map { row -> Markup in
            let cells = [row.text(row.subject), row.text(row.reference), row.ratio, row.interval, row.verdict.rawValue]
            return """
                <tr><th scope="row"><code>\(row.figure.rawValue)</code></th>\
                \(Markup(cells.map { cell -> Markup in "<td>\(cell)</td>" }))</tr>

                """
        }
        return """
            <div class="scroll" role="region" aria-label="Comparison" tabindex="0"><table class="durations">
            <caption>\(comparison.subject, atMost: 80) compared with \(comparison.reference, atMost: 80): \
            \(comparison.subjectBlocks.count) and \(comparison.referenceBlocks.count) blocks</caption>
            <thead><tr><th scope="col">Figure</th>\(Markup(columns))</tr></thead>
            <tbody>
            \(Markup(rows))</tbody></table></div>

            """
    }
}

package org.oatmill.report;

import static org.oatmill.report.DataTable.Column.code;
import static org.oatmill.report.DataTable.Column.number;
import static org.oatmill.report.DataTable.Column.prose;
import static org.oatmill.report.DataTable.Column.text;
import static org.oatmill.report.DataTable.row;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A page that has every kind of block, with plausible figures. */
final class Pages {
    private Pages() {}

    /** Text that tries everything at once. */
    static final String HOSTILE = "</script></style><script>alert('x')</script> <img src=x onerror=alert(1)> ]]> --> "
            + "\" onmouseover=\"alert(2) ' & &lt; | `code` **bold** [link](javascript:alert(3)) "
            + "\u202Egnp.exe\u202C \u0000\u001B[31m \uD800 שלום مرحبا 🥣 \uFFFE \u2028 end";

    /** The same, as a page shows it: characters that steer, or are none, are named. */
    static final String HOSTILE_AS_SHOWN = HOSTILE.replace("\u202E", "⟨U+202E⟩")
            .replace("\u202C", "⟨U+202C⟩")
            .replace("\u0000", "⟨U+0000⟩")
            .replace("\u001B", "⟨U+001B⟩")
            .replace("\uD800", "⟨U+D800⟩")
            .replace("\uFFFE", "⟨U+FFFE⟩")
            .replace("\u2028", "⟨U+2028⟩");

    static Page whole() {
        return page("near-duplicate", "a small oat that has been rolled");
    }

    static Page hostile() {
        return page(HOSTILE, HOSTILE);
    }

    private static Page page(String kind, String words) {
        DataTable table = new DataTable(
                "Rows kept, by kind of planted trouble",
                List.of(
                        text("Kind"),
                        number("Rows"),
                        number("kept").in("sample"),
                        number("uniform keeps").in("sample"),
                        number("ratio").in("sample"),
                        number("kept").in("uniform"),
                        number("uniform keeps").in("uniform"),
                        number("ratio").in("uniform")),
                List.of(
                        kept("nothing planted", "7,412", "1,489", "1,448–1,536", "1.00×", "1,501", "1.01×", 0),
                        kept("flipped label", "1,000", "204", "177–226", "1.01×", "197", "0.98×", 0),
                        kept(kind, "1,000", "84", "177–226", "0.42×", "203", "1.01×", -1),
                        kept("off-domain", "500", "142", "84–118", "1.41×", "98", "0.97×", 1),
                        kept("fragment", "100", "81", "13–28", "4.02×", "19", "0.94×", 1)),
                "▲ more and ▼ fewer than 95 of 100 uniform choices of the same size keep.");
        Chart chart = new Chart(
                "Kept, against uniform choice.",
                "Near-duplicates are kept 0.42× as often as by uniform choice, fragments 4.02×.",
                new Axis("kept ÷ expected of uniform", Axis.Scale.RATIO, v -> Numbers.tick(v) + "×"),
                List.of(new Chart.Series("sample", Chart.Shape.DOT), new Chart.Series("uniform", Chart.Shape.DOT)),
                List.of(
                        ratios("nothing planted", 1.0, 1.01, .98, 1.02),
                        ratios("flipped label", 1.01, .98, .88, 1.12),
                        ratios(kind, .42, 1.01, .88, 1.12),
                        ratios("off-domain", 1.41, .97, .83, 1.17),
                        ratios("fragment", 4.02, .94, .64, 1.39)),
                table,
                false);
        List<Chart.Row> classes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            classes.add(new Chart.Row(
                    "noun."
                            + List.of("act", "animal", "artifact", "body", "cognition", "communication")
                                    .get(i % 6) + (i / 6 == 0 ? "" : "." + i),
                    "",
                    List.of(Chart.Mark.at(.02 + .012 * i), Chart.Mark.at(.03 + .01 * ((i * 5) % 12)))));
        }
        Chart balance = new Chart(
                "Class balance.",
                "Share of each class before and after sampling.",
                new Axis("share of rows", Axis.Scale.LINEAR, Numbers::share),
                List.of(new Chart.Series("before", Chart.Shape.BASELINE), new Chart.Series("after", Chart.Shape.DOT)),
                classes,
                numbers("Share of rows by class", classes),
                true);
        List<Chart.Row> scores = List.of(
                score("majority", .019, .017, .021),
                score("calibrated", .193, .181, .204),
                score("pipeline", .351, .334, .369, .341, .349, .362));
        Chart f1 = new Chart(
                "Macro-F1 on held-out rows.",
                "95% paired bootstrap over test rows; dots are seeds.",
                new Axis("macro-F1", Axis.Scale.LINEAR, Numbers::tick),
                List.of(new Chart.Series("macro-F1", Chart.Shape.DOT)),
                scores,
                numbers("Macro-F1", scores),
                false);
        List<Chart.Row> stages = List.of(bar("documents", 9100), bar("planted", 10012), bar("sample", 2000));
        Chart funnel = new Chart(
                "Rows by stage.",
                "Of 10,012 rows read, 2,000 are kept.",
                new Axis("rows", Axis.Scale.LINEAR, v -> Numbers.count((long) v)),
                List.of(new Chart.Series("rows", Chart.Shape.BAR)),
                stages,
                numbers("Rows by stage", stages),
                true);
        Lineage lineage = new Lineage(
                "What was made from what",
                List.of(
                        new Lineage.Node("documents", "ingest · 9,100 rows", "3f0c1a77be21", List.of(), false),
                        new Lineage.Node("planted", "plant · 10,012 rows", "90aa17cd03fe", List.of("documents"), false),
                        new Lineage.Node("vectors", "embed · 10,012 rows", "17ab90cd8812", List.of("planted"), false),
                        new Lineage.Node("sample", "sample · 2,000 rows", "77ab10cd0003", List.of("vectors"), false),
                        new Lineage.Node("uniform", "sample · 2,000 rows", "87ab10cd0004", List.of("vectors"), false),
                        new Lineage.Node(
                                "rephrased",
                                "rephrase · 2,000 rows",
                                "aa0b10cd0005",
                                List.of("planted", "sample"),
                                true)));
        DataTable examples = new DataTable(
                "Examples",
                List.of(code("Id"), text("Kind"), text("Kept"), prose("Text")),
                List.of(
                        row("wn31-02121808-n", kind, "no", words),
                        row(
                                "wn31-02121809-n#1",
                                "off-domain",
                                "yes",
                                "move with one's feet, one after the other, in the direction that one faces, so that at least one of them is on the ground")),
                "");
        return new Page(
                "Oatmill run",
                "quickstart",
                "Run 20261121-190412 · 21 November 2026, 19:04 UTC · took 1 min 42 s",
                List.of(
                        new Block.Callout(Block.Tone.FAILURE, "stage rephrased", List.of(words)),
                        new Block.Callout(
                                Block.Tone.WARNING,
                                "2 warnings",
                                List.of("sample: n_eff = 0.03 is below 0.05; the sample collects outliers", words)),
                        new Block.Facts(List.of(
                                new Block.Fact("Rows read", "9,100", "12 quarantined"),
                                new Block.Fact("Rows planted", "2,600", "26.0% of 10,012"),
                                new Block.Fact("Rows kept", "2,000", "20.0% of 10,012"),
                                new Block.Fact("n_eff", "0.31", "share of rows that count"))),
                        new Block.Section(
                                "What sampling kept",
                                List.of(
                                        new Block.Paragraph("Troubles were planted."),
                                        chart,
                                        new Block.Section("Tuned", List.of(f1)))),
                        new Block.Section("Rows by stage", List.of(funnel)),
                        new Block.Section("Class balance", List.of(balance)),
                        new Block.Section("Examples", List.of(examples)),
                        new Block.Section("Lineage", List.of(lineage)),
                        new Block.Section(
                                "Make this run again",
                                List.of(
                                        new Block.Code(
                                                "Command",
                                                "jobs/bin/oatmill run conf/quickstart.conf --set seed=7",
                                                false),
                                        new Block.Code(
                                                "Bound configuration",
                                                "stages {\n  sample {\n    size = 2000 // " + words + "\n  }\n}\n",
                                                true)))));
    }

    private static List<DataTable.Cell> kept(
            String kind,
            String rows,
            String kept,
            String span,
            String ratio,
            String other,
            String otherRatio,
            int mark) {
        DataTable.Mark sign = mark < 0 ? DataTable.Mark.BELOW : mark > 0 ? DataTable.Mark.ABOVE : DataTable.Mark.NONE;
        return List.of(
                DataTable.Cell.of(kind),
                DataTable.Cell.of(rows),
                DataTable.Cell.of(kept),
                DataTable.Cell.of(span),
                new DataTable.Cell(ratio, sign),
                DataTable.Cell.of(other),
                DataTable.Cell.of(span),
                DataTable.Cell.of(otherRatio));
    }

    private static Chart.Row ratios(String kind, double sample, double uniform, double low, double high) {
        Chart.Span chance = new Chart.Span(low, high);
        return new Chart.Row(
                kind, Numbers.ratio(sample), List.of(Chart.Mark.at(sample, chance), Chart.Mark.at(uniform, chance)));
    }

    private static Chart.Row score(String name, double value, double low, double high, Double... seeds) {
        Chart.Mark mark = new Chart.Mark(value, null, new Chart.Span(low, high), List.of(seeds));
        return new Chart.Row(name, Numbers.decimal(value), List.of(mark));
    }

    private static Chart.Row bar(String name, long rows) {
        return new Chart.Row(name, Numbers.count(rows), List.of(Chart.Mark.at(rows)));
    }

    private static DataTable numbers(String caption, List<Chart.Row> rows) {
        return new DataTable(
                caption,
                List.of(text("Name"), number("Value")),
                rows.stream()
                        .map(r -> row(r.name(), Numbers.decimal(r.marks().get(0).value())))
                        .toList(),
                "");
    }

    /** Writes the page to a directory, to be looked at. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        Files.writeString(directory.resolve("page.html"), HtmlWriter.write(whole()));
        Files.writeString(directory.resolve("page.md"), MarkdownWriter.write(whole()));
        Files.writeString(directory.resolve("hostile.html"), HtmlWriter.write(hostile()));
        Files.writeString(directory.resolve("hostile.md"), MarkdownWriter.write(hostile()));
    }
}

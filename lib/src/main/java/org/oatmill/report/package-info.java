/**
 * Pages that people read: sections, tables, charts and a lineage graph, written as one
 * self-contained HTML file and as the same content in Markdown. A page is data ({@link
 * org.oatmill.report.Page}, {@link org.oatmill.report.Block}); {@link
 * org.oatmill.report.HtmlWriter} and {@link org.oatmill.report.MarkdownWriter} know how it looks.
 * All text is inert: whatever a row holds, it is shown, never obeyed.
 *
 * <p>Belongs here: how a number, a table or a chart is shown. Never: what a run, a stage or a
 * column means, and no script, font or picture from outside the file.
 */
@NullMarked
package org.oatmill.report;

import org.jspecify.annotations.NullMarked;

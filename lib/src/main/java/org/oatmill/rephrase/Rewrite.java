package org.oatmill.rephrase;

import java.util.Map;
import java.util.Set;

/**
 * A proposal, as the gates see it.
 *
 * @param before the passage
 * @param after what a rewriter made of it
 * @param fields the row it stands in, by field
 * @param labelWords words that would give a label away, in lower case
 */
public record Rewrite(String before, String after, Map<String, String> fields, Set<String> labelWords) {}

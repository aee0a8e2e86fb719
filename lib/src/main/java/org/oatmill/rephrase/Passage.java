package org.oatmill.rephrase;

/**
 * A text to be rewritten.
 *
 * @param id of its row
 * @param field where it stands in the row
 * @param text as it is
 */
public record Passage(String id, String field, String text) {}

package org.oatmill.model;

/** Text to token numbers and back. Never truncates, never adds special tokens. */
public interface Tokenizer {

    int[] encode(String text);

    String decode(int[] tokens);

    /** Number of tokens; token numbers are below it. */
    int size();

    /** The token every sequence begins with, or -1 if the model has none. */
    int bos();

    /** The token that ends a text, or -1 if the model has none. */
    int eos();

    /** Rows shorter than their batch are filled with it; no loss is ever taken there. */
    int pad();
}

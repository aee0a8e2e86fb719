package org.oatmill.jobs.sources;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.List;

/** How a text file writes records. */
interface TextFormat extends Serializable {

    Framing framing();

    /** A name of {@link java.nio.charset.Charset}. */
    String charset();

    /** Whether the first record of a file names the columns. */
    boolean hasHeader();

    /** The columns that a first record names; with the record empty, those that the run file names. */
    List<String> columns(String header) throws NoDocument;

    /** A record as an object. */
    ObjectNode object(String record, List<String> columns) throws NoDocument;
}

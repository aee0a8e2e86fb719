package org.oatmill.jobs.sources;

import java.io.Serializable;

/**
 * A file to read.
 *
 * @param path where it lies, as a URI
 * @param name its path below what all files of the source have in common: stays when they move
 * @param bytes its length
 * @param modified milliseconds since 1970
 * @param digest SHA-256 of its content; above 1 GiB of its length and time
 * @param fingerprint says what the digest is taken of
 */
record DataFile(String path, String name, long bytes, long modified, String digest, String fingerprint)
        implements Serializable {

    /** The id of a row that has no key: 64 bits of the file's digest, and the record's number. */
    String id(long record) {
        return digest.substring(0, 16) + "-" + record;
    }
}

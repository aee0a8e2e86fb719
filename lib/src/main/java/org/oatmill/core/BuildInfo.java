package org.oatmill.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which build of Oatmill is running; every manifest records it, so that a result can be traced to its source.
 *
 * @param version the Maven version
 * @param commit the full git commit id, or {@code unknown} when built from a source archive
 * @param dirty whether the checkout had uncommitted changes
 */
public record BuildInfo(String version, String commit, boolean dirty) {

    /** The build that this class belongs to. */
    public static BuildInfo current() {
        Properties properties = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties is missing beside " + BuildInfo.class.getName());
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BuildInfo(
                properties.getProperty("version", "unknown"),
                properties.getProperty("commit", "unknown"),
                Boolean.parseBoolean(properties.getProperty("dirty")));
    }

    /** The version and the first twelve digits of the commit, with {@code +} where the checkout was dirty. */
    @Override
    public String toString() {
        return version + " (" + commit.substring(0, Math.min(12, commit.length())) + (dirty ? "+" : "") + ")";
    }
}

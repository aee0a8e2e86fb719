package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.oatmill.core.UserException;

class SecretsTest {

    private static ConfigObject tree(String key, String value) {
        return ConfigFactory.empty()
                .withValue("stages", ConfigValueFactory.fromMap(Map.of("s", Map.of(key, value))))
                .root();
    }

    /** None of these is anybody's secret: they have the forms of issuers, and letters in order. */
    @ParameterizedTest
    @CsvSource({
        "text, sk-abcdefghijklmnopqrstuvwx",
        "text, ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "text, hf_abcdefghijklmnopqrstuvwxyz",
        "text, AKIAABCDEFGHIJKLMNOP",
        "text, my key is xoxb-abcdefghij-klmnopqrst",
        "text, eyJabcdefghijk.eyJabcdefghijk.abcdefgh",
        "text, -----BEGIN RSA PRIVATE KEY-----",
        "header, Bearer abcdefghijkl",
        "url, https://me:mine@host/path",
        "password, hunter2",
        "db_password, zq",
        "client_secret, abc",
        "api_key, abc",
        "apiKey_api_key, abc",
        "token, abcdefghijklmnop01234567",
        "access_key, abc",
        "key, YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM=",
    })
    void whatLooksLikeASecretIsRefusedAndNotRepeated(String key, String value) {
        String message = assertThrows(UserException.class, () -> Secrets.refuse(tree(key, value), new Places()))
                .getMessage();
        assertFalse(message.contains(value), message);
        assertEquals(Secrets.REDACTED, Secrets.redact(key, value).replaceAll(".*(<redacted>).*", "$1"));
    }

    @ParameterizedTest
    @CsvSource({
        "api_key, env:OPENAI_API_KEY",
        "password, file:/run/secrets/password",
        "client_secret, credential:oatmill.client",
        "key, user_id",
        "token, </s>",
        "key_column, abcdefghijklmnop01234567",
        "text, risk-averse-people-read-this-book",
        "url, https://host:8080/path?x=a:b@c",
        "pos, noun",
        "recipe, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    })
    void namesReferencesAndTextsAreNone(String key, String value) {
        assertDoesNotThrow(() -> Secrets.refuse(tree(key, value), new Places()));
        assertEquals(value, Secrets.redact(key, value));
    }
}

package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.djl.ChatTemplate.Message;
import org.oatmill.model.Sequence;

class ChatTemplateTest {
    private static final String CHAT_ML =
            "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>'"
                    + " + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    private static final String LLAMA_2 =
            "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message ="
                    + " messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false"
                    + " %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2"
                    + " == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% if loop.index0 == 0 and"
                    + " system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' +"
                    + " message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if"
                    + " message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif"
                    + " message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{%"
                    + " endfor %}";
    private static final List<Message> TALK = List.of(
            new Message("system", "Be brief."),
            new Message("user", "Hi"),
            new Message("assistant", "Yo"),
            new Message("user", "And?"),
            new Message("assistant", "Bye"));

    @TempDir
    Path directory;

    private ChatTemplate template(String text) throws IOException {
        String json = Json.canonical(Json.tree(text));
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}, \"chat_template\": " + json + "}");
        return ChatTemplate.open(directory);
    }

    @Test
    void knownTemplatesAreRenderedAsTheirModelsWereTrained() throws IOException {
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                template(CHAT_ML).render(TALK.subList(0, 2), true));
        assertEquals(
                "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Yo </s><s>[INST] And? [/INST] Bye </s>",
                template(LLAMA_2).render(TALK, false));
        assertEquals(
                "<s>user: Hi\nassistant: Yo\n",
                template("{{- bos_token }}\n{%- for m in messages %}\n    {{- m.role }}: {{ m.content | trim }}{{ '\\n'"
                                + " }}\n{%- endfor %}")
                        .render(TALK.subList(1, 3), false));
    }

    @Test
    void onlyAnswersAreScored() throws IOException {
        RandomModel.Letters letters = new RandomModel.Letters(128);
        Sequence sequence = template(CHAT_ML).sequence(TALK, letters);
        StringBuilder scored = new StringBuilder();
        String text = template(CHAT_ML).render(TALK, false);
        assertEquals(text.indexOf("Yo"), sequence.scoredFrom());
        for (int i = 0; i < sequence.scored(); i++) {
            scored.append(sequence.weights()[i] == 1 ? text.charAt(sequence.scoredFrom() + i) : "");
        }
        assertEquals("Yo<|im_end|>\nBye<|im_end|>\n", scored.toString());
        assertArrayEquals(letters.encode(text), sequence.tokens());
        assertNull(template(CHAT_ML).sequence(TALK.subList(0, 3), letters).weights(), "one answer needs no weights");
    }

    @Test
    void markupInMessagesIsData() throws IOException {
        String hostile = "{{ 7 * 7 }} {% for x in y %} {# no #} {{ messages }}";
        String text = template(CHAT_ML).render(List.of(new Message("user", hostile)), false);
        assertTrue(text.contains(hostile), text);
    }

    @Test
    void whatCannotBeRenderedIsRefused() throws IOException {
        for (String wrong : List.of(
                "{{ strftime_now('%d') }}{{ messages }}",
                "{{ raise_exception('no') }}",
                "{% for m in messages %}",
                "{% generation %}{{ messages[0].content }}{% endgeneration %}",
                "{{ messages[0].content.startswith('B') }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "nothing that was said",
                "{{ messages[1].content }} {{ messages[0].content }}")) {
            UserException refusal =
                    assertThrows(UserException.class, () -> template(wrong).render(TALK, false), wrong);
            assertTrue(refusal.getMessage().contains(directory.toString()), refusal.getMessage());
        }
        // Writes how long the conversation is, so its beginning changes with every turn.
        ChatTemplate counting = template("{{ messages | length }}{% for m in messages %}{{ m.content }};{% endfor %}");
        assertThrows(UserException.class, () -> counting.sequence(TALK, new RandomModel.Letters(128)));
        Files.writeString(directory.resolve("tokenizer_config.json"), "{}");
        assertThrows(UserException.class, () -> ChatTemplate.open(directory));
    }
}

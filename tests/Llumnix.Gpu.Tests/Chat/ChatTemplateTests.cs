using Llumnix.Gpu.Chat;

namespace Llumnix.Gpu.Tests.Chat;

/// <summary>The Jinja texts are the shortest with the families' marks; what they write was checked against a Jinja engine.</summary>
public sealed class ChatTemplateTests
{
    private const string ChatML =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private const string Qwen2 =
        "{% for message in messages %}{% if loop.first and message.role != 'system' %}{{ '<|im_start|>system\nBe useful.<|im_end|>\n' }}{% endif %}"
        + "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string Qwen3 =
        "{%- set ns = namespace(last_query_index=0) %}\n{%- for message in messages %}\n    {%- set content = message.content %}\n"
        + "    {%- if message.role == 'user' %}\n        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}\n"
        + "    {%- elif loop.last or reasoning_content %}\n"
        + "        {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n"
        + "    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}";

    private const string Llama2 =
        "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}{% endif %}{% for message in rest %}"
        + "{% if loop.first %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% endif %}"
        + "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
        + "{% else %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";

    private const string Llama3 =
        "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}"
        + "{% if loop.first %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    private const string Llama31 =
        "{{- bos_token }}\n{%- if not date_string is defined %}\n    {%- set date_string = \"1 Feb 2003\" %}\n{%- endif %}\n"
        + "{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}\n{{- \"Cutting Knowledge Date: May 2001\\n\" }}\n"
        + "{{- \"Today Date: \" + date_string + \"\\n\\n\" }}\n{{- system_message }}\n{{- \"<|eot_id|>\" }}\n{%- for message in messages %}\n"
        + "    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}\n{%- endfor %}\n"
        + "{%- if add_generation_prompt %}\n    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n";

    private const string MistralWithoutSystem =
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
        + "{% else %}{{ message['content'] + eos_token}}{% endif %}{% endfor %}";

    private const string MistralFirst =
        "{{- bos_token }}\n{%- for message in messages %}\n    {%- if message['role'] == 'user' %}\n"
        + "        {%- if loop.first and system_message is defined %}\n            {{- ' [INST] ' + system_message + '\\n\\n' + message['content'] + ' [/INST]' }}\n"
        + "        {%- else %}\n            {{- ' [INST] ' + message['content'] + ' [/INST]' }}\n        {%- endif %}\n"
        + "    {%- else %}\n        {{- ' ' + message['content'] + eos_token}}\n    {%- endif %}\n{%- endfor %}\n";

    private const string MistralLast =
        "{{- bos_token }}\n{%- for message in messages %}\n    {%- if message[\"role\"] == \"user\" %}\n        {{- \"}}\" if tools else \"\" }}\n"
        + "        {%- if loop.last and system_message is defined %}\n            {{- \"[INST] \" + system_message + \"\\n\\n\" + message[\"content\"] + \"[/INST]\" }}\n"
        + "        {%- else %}\n            {{- \"[INST] \" + message[\"content\"] + \"[/INST]\" }}\n        {%- endif %}\n"
        + "    {%- else %}\n        {{- \" \" + message[\"content\"]|trim + eos_token}}\n    {%- endif %}\n{%- endfor %}\n";

    private const string Zephyr =
        "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"
        + "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
        + "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
        + "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}";

    private static readonly ChatMessage[] Conversation =
        [new("system", "Be kind. "), new("user", " Hi"), new("assistant", "Yes?\n"), new("user", "Go")];

    [Theory]
    [InlineData(ChatML, "ChatML", "<|im_start|>system\nBe kind. <|im_end|>\n<|im_start|>user\n Hi<|im_end|>\n<|im_start|>assistant\nYes?\n<|im_end|>\n<|im_start|>user\nGo<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(Qwen3, "Qwen3", "<|im_start|>system\nBe kind. <|im_end|>\n<|im_start|>user\n Hi<|im_end|>\n<|im_start|>assistant\nYes?\n<|im_end|>\n<|im_start|>user\nGo<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(Llama2, "Llama 2", "<s>[INST] <<SYS>>\nBe kind. \n<</SYS>>\n\n Hi [/INST] Yes? </s><s>[INST] Go [/INST]")]
    [InlineData(Llama3, "Llama 3", "<s><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes?<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nGo<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(Llama31, "Llama 3.1", "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: May 2001\nToday Date: 1 Feb 2003\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes?<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nGo<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(MistralFirst, "Mistral", "<s> [INST] Be kind. \n\n Hi [/INST] Yes?\n</s> [INST] Go [/INST]")]
    [InlineData(MistralLast, "Mistral", "<s>[INST]  Hi[/INST] Yes?</s>[INST] Be kind. \n\nGo[/INST]")]
    [InlineData(Zephyr, "Zephyr", "<|system|>\nBe kind. </s>\n<|user|>\n Hi</s>\n<|assistant|>\nYes?\n</s>\n<|user|>\nGo</s>\n<|assistant|>\n")]
    public void A_family_is_recognised_and_written_to_the_last_space(string jinja, string name, string expected)
    {
        var template = ChatTemplate.Recognise(jinja, "<s>", "</s>");

        Assert.Equal(name, template?.Name);
        Assert.Equal(expected, template!.Render(Conversation, addGenerationPrompt: true));
    }

    [Fact]
    public void The_generation_prompt_is_written_only_when_asked_for()
    {
        foreach (string jinja in (string[])[ChatML, Qwen3, Llama3, Llama31, Zephyr])
        {
            var template = Read(jinja);
            string with = template.Render(Conversation, addGenerationPrompt: true);
            string without = template.Render(Conversation, addGenerationPrompt: false);
            Assert.StartsWith(without, with, StringComparison.Ordinal);
            Assert.Contains("assistant", with[without.Length..], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_default_system_prompt_is_put_where_the_conversation_has_none()
    {
        var template = Read(Qwen2);

        Assert.Equal("ChatML with a default system prompt", template.Name);
        Assert.Equal(
            "<|im_start|>system\nBe useful.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n", template.Render([new("user", "Hi")], addGenerationPrompt: false));
        Assert.Equal("<|im_start|>system\nX<|im_end|>\n", template.Render([new("system", "X")], addGenerationPrompt: false));
    }

    [Fact]
    public void Llama_3_1_writes_its_dates_where_the_conversation_has_no_system_message() =>
        Assert.StartsWith(
            "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: May 2001\nToday Date: 1 Feb 2003\n\n<|eot_id|><|start_header_id|>user",
            Read(Llama31).Render([new("user", "Hi")], addGenerationPrompt: false),
            StringComparison.Ordinal);

    [Fact]
    public void Qwen3_drops_thoughts_of_earlier_turns_and_keeps_those_after_the_last_question()
    {
        string text = Read(Qwen3).Render(
            [new("user", "a"), new("assistant", "<think>\nold\n</think>\n\nb"), new("user", "c"), new("assistant", "<think>\nnew\n</think>\n\nd")],
            addGenerationPrompt: false);

        Assert.Equal(
            "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n"
            + "<|im_start|>assistant\n<think>\nnew\n</think>\n\nd<|im_end|>\n",
            text);
    }

    [Fact]
    public void Developer_is_another_name_for_system() =>
        Assert.Equal("<|im_start|>system\nX<|im_end|>\n", Read(ChatML).Render([new("developer", "X")], addGenerationPrompt: false));

    [Theory]
    [InlineData("user user", "messages[1] has the role \"user\", but the Llama 2 template needs \"assistant\" there")]
    [InlineData("assistant", "messages[0] has the role \"assistant\", but the Llama 2 template needs \"user\" there")]
    [InlineData("system user system", "messages[2] has the role \"system\", but the Llama 2 template needs \"assistant\" there")]
    [InlineData("system", "messages has no user message, which the Llama 2 template needs.")]
    [InlineData("", "messages is empty; at least one message is needed.")]
    [InlineData("user tool", "messages[1] has the role \"tool\"; tool calls are not supported.")]
    [InlineData("user robot", "messages[1] has the role \"robot\"; supported are system, user and assistant.")]
    public void A_conversation_that_does_not_fit_is_refused_with_the_message_that_does_not(string roles, string expected)
    {
        ChatMessage[] messages = [.. roles.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(role => new ChatMessage(role, "x"))];

        var error = Assert.Throws<ChatTemplateException>(() => Read(Llama2).Render(messages, addGenerationPrompt: true));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistral_refuses_a_system_message_where_its_template_takes_none()
    {
        var template = Read(MistralWithoutSystem);

        Assert.Equal("<s>[INST] a [/INST]b</s>[INST] c [/INST]", template.Render([new("user", "a"), new("assistant", "b"), new("user", "c")], true));
        var error = Assert.Throws<ChatTemplateException>(() => template.Render(Conversation, true));
        Assert.Equal("messages[0] has the role \"system\", which this model's Mistral template does not take.", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{{ messages | tojson }}")]
    [InlineData("{% for message in messages %}{{ '<|im_start|>user<|im_sep|>' + message['content'] + '<|im_end|>' }}{% endfor %}")]
    [InlineData("{% for message in messages %}{{ '<start_of_turn>' + message['role'] + '\n' + message['content'] + '<end_of_turn>\n' }}{% endfor %}")]
    [InlineData("{{ bos_token }}{% for message in messages %}{{ '[INST] ' + message['content'] + '[/INST]' }}{{ '[SYSTEM_PROMPT] ' }}{{ message['content'] + eos_token }}{% endfor %}")]
    public void Another_template_is_not_taken_for_one_of_them(string jinja) => Assert.Null(ChatTemplate.Recognise(jinja, "<s>", "</s>"));

    [Theory]
    [InlineData(ChatML, "message['content'] +", "message['content'] | trim +")]
    [InlineData(ChatML, "{% endfor %}", "And:{% endfor %}")]
    [InlineData(ChatML, "'<|im_end|>' + '\\n' }}", "'<|im_end|>' }}")]
    [InlineData(Qwen3, "{%- set content = message.content %}", "{%- set content = message.content | trim %}")]
    [InlineData(Qwen3, "{{- '<|im_start|>assistant\\n' }}", "{{- '<|im_start|>assistant\\n' }}{{- '<think>\\n' }}")]
    [InlineData(Llama2, "bos_token + '[INST] '", "'[INST] '")]
    [InlineData(Llama3, "message['content'] | trim", "message['content']")]
    [InlineData(MistralFirst, "loop.first and system_message", "loop.index0 == 1 and system_message")]
    [InlineData(Zephyr, "+ eos_token }}\n{% elif message['role'] == 'system'", "+ eos_token }}\n\n{% elif message['role'] == 'system'")]
    public void A_template_that_writes_anything_else_than_its_family_is_not_taken_for_it(string jinja, string part, string other)
    {
        Assert.Contains(part, jinja, StringComparison.Ordinal);

        Assert.Null(ChatTemplate.Recognise(jinja.Replace(part, other, StringComparison.Ordinal), "<s>", "</s>"));
    }

    [Fact]
    public void A_template_that_never_closes_what_it_opens_is_given_up_at_once()
    {
        string strings = string.Concat(Enumerable.Repeat("'a' + \"b\" + ", 5000));

        Assert.Null(ChatTemplate.Recognise(ChatML + "{% set x = " + strings, "<s>", "</s>"));
        Assert.Null(ChatTemplate.Recognise(ChatML + "{{ " + strings + "'", "<s>", "</s>"));
    }

    private static ChatTemplate Read(string jinja) => ChatTemplate.Recognise(jinja, "<s>", "</s>")!;
}

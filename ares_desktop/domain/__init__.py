"""The nouns: pure frozen records and the rules that hold without any input or output."""

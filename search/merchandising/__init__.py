"""What merchants want of searches: rules, their precedence, their history."""

"""Help: glossary, questions, data protection, what each page is for, first steps, practice and the help desks."""

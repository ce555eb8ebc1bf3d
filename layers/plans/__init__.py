"""Plan documents: from a Word, PDF or text file to tables whose every value says where it stands.

``document`` is what every reader gives, whatever the file; ``tables`` and ``structure`` say what
the document is made of; ``quantities``, ``places`` and their like read a cell; ``projects``,
``features``, ``rules``, ``indicators`` put rows together; ``audit`` compares the plan with itself.
"""

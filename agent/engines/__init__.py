"""Judgement: engines that read a Case and write its reply. They decide nothing and act on nothing."""

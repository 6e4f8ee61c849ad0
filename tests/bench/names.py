# SPDX-License-Identifier: Apache-2.0
"""What people are called in directories that are made up: as unevenly spread over the alphabet as names are."""

GIVEN = """Aaron Abigail Adam Adele Agnes Alan Albert Alex Alice Alma Amy Ana Andrew Anna Anton Arthur Ava Barbara Beatrice Ben Bernard
Betty Bill Bob Brenda Brian Carl Carla Carol Chris Clara Cleo Colin Dan Daniel David Diana Donald Dora Edgar Edith Ella Emil Emma
Eric Erik Eva Felix Finn Flora Frank Fred George Gina Grace Greta Hans Harry Helen Henry Hugo Ian Ida Ines Ingrid Irene Isaac Jack
Jacob James Jane Janet Jason Jean Jeff Joan John Jonas Jose Julia Karen Karl Kate Kevin Kim Lara Laura Leo Liam Lily Linda Lisa Lucas
Lucy Luis Maria Marc Mark Martha Martin Mary Max Michael Mike Mona Nancy Nathan Nick Nina Nora Olga Oliver Oscar Otto Pamela Patricia
Paul Paula Peter Petra Phil Quentin Rachel Ralph Rebecca Rex Rita Robert Roger Rosa Ruth Sally Sam Sara Sarah Scott Simon Sofia Stefan
Steven Sue Susan Tara Ted Theo Thomas Tina Tom Uma Ursula Vera Victor Vince Wanda Walter Wendy Will Xaver Yann Yvonne Zara Zoe""".split()
SYLLABLES = "ba be bo da de do fa ga ha he ka ke la le lo ma me mo na no pa pe ra re ro sa se so ta te to va ve wa we".split()


def surname(chance):
    return "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3)))).title() + chance.choice(("", "n", "r", "s", "ck"))

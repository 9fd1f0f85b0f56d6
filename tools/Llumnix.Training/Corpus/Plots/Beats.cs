namespace Llumnix.Training.Corpus.Plots;

/// <summary>Openings, endings and turns that many plots share.</summary>
internal static class Beats
{
    public static void Open(Scene s)
    {
        s.SayOne(
            "Once upon a time, there was {intro}. {Hero} lived {home}.",
            "Once upon a time, there was {intro} who lived {home}.",
            "Once upon a time, {intro} lived {home}.",
            "Once upon a time, {home}, there lived {intro}.",
            "There once was {intro} who lived {home}.",
            "{Home} lived {intro}.",
            "Long ago, there was {intro}. {He} lived {home}.",
            "A long time ago, {intro} lived {home}.",
            "{Hero} was a {trait} {kind} who lived {home}.",
            "{Hero} lived {home}. {He} was a very {trait} {kind}.",
            "This is the story of {intro} who lived {home}.");
        s.Maybe(0.25, "[Every day, {he} played {at}.|{He} loved to eat {food}.|{His} favorite food was {food}.|Everybody knew {him}.|{He} had a good heart.|{He} liked to sing in the morning.]");
    }

    /// <summary>An opening for plots in which the friend has no entrance of their own.</summary>
    public static void OpenWithFriend(Scene s)
    {
        Open(s);
        s.Maybe(0.7, "[{His} best friend was {fintro}.|{He} had a good friend, {fintro}.|Next door lived {fintro}.|{Hero} often played with {fintro}.|Not far away lived {fintro}.|{He} had a friend. It was {fintro}.]");
    }

    public static void Weather(Scene s) => s.Maybe(0.4, "{weather}");

    /// <summary>The hero has the thing and likes it.</summary>
    public static void HasThing(Scene s) => s.SayOne(
        "{Hero} had {a thing}. {He} [loved|liked] to {thing use}.",
        "{Hero} had {a thing} and loved it very much. Every day, {he} {thing used}.",
        "For {his} birthday, {hero} got {a thing} from {his} {parent}. {He} {thing used} every day.",
        "{His} favorite thing was {a thing}. {He} {thing used}.",
        "{Hero} was very proud of {his} {adj thing}.");

    public static void GoOut(Scene s) => s.SayOne(
        "{Oneday}, {hero} {walked} to {place}.",
        "{Oneday}, {hero} was playing {at}.",
        "{Oneday}, {hero} took a walk {at}.",
        "{Oneday}, {hero} {walked} to {place} with {his} {parent}.",
        "{Oneday}, {hero} wanted to go to {place}.");

    public static void MeetFriend(Scene s) => s.SayOne(
        "[Then|Just then|On the way|After a while], {he} met {fintro}.",
        "[Then|Just then], {fintro} came [by|along|down the path].",
        "[Soon|There], {he} saw {fintro}.");

    public static void End(Scene s, params string[] morals)
    {
        if (s.Dice.Chance(0.5)) s.SayOne(morals);
        s.Maybe(0.5, "[From that day on, {hero} and {friend} were [best friends|good friends|always together].|{goodnight}|They lived happily ever after.|" +
            "And {hero} never forgot that day.|It was the best day of the year.|What a wonderful day it was!|Then they all ate {food} together.|" +
            "The end.|{Hero} told {his} {parent} the whole story.]");
    }
}

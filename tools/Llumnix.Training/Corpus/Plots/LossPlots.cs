namespace Llumnix.Training.Corpus.Plots;

/// <summary>Something is lost, stuck, found or broken.</summary>
internal static class LossPlots
{
    public static readonly IReadOnlyList<Plot> All =
    [
        new("lost thing", "losing something and finding it again", Lost),
        new("stuck thing", "helping a friend", Stuck),
        new("found thing", "being honest", Found),
        new("broken thing", "telling the truth", Broken),
        new("stolen by the wind", "a windy day", Wind),
        new("untidy room", "keeping things tidy", Untidy),
    ];

    private static void Lost(Scene s)
    {
        s.Set("hiding", s.Dice.Pick(Lexicon.Hiding));
        Beats.Open(s);
        Beats.HasThing(s);
        s.SayOne(
            "{Oneday}, {hero} could not find {his} {thing}. {He} {looked} everywhere, but it was gone.",
            "But {oneday}, the {thing} was gone! {Hero} {looked} {at}, but it was not there.",
            "{Oneday}, {hero} played {at}. When {he} came home, the {thing} was missing.");
        s.SayOne("{Hero} was {sad}.", "{Hero} began to cry.", "{Hero} sat down and felt {sad}.", "\"Oh no! Where is my {thing}?\" {cried} {hero}.");
        Beats.MeetFriend(s);
        s.SayOne(
            "\"Why are you [sad|crying]?\" asked {friend}. \"I lost my {adj thing},\" said {hero}. \"I will help you [look for it|find it],\" {said} {friend}.",
            "{Friend} asked, \"What is wrong?\" {Hero} told {fhim} about the {thing}. \"Let us look for it together,\" said {friend}.",
            "\"Have you seen my {thing}?\" asked {hero}. \"No, but we can look together,\" said {friend}.");
        s.SayOne(
            "They {looked} {at} and {at2}. At last, {friend} looked {hiding}. There was the {thing}!",
            "They {looked} {at2}, but found nothing. Then {hero} looked {hiding}, and there it was!",
            "First they {looked} {at2}. Then they looked {hiding}. \"Here it is!\" {cried} {friend}.");
        s.SayOne("\"{thanks}!\" said {hero}. {He} was {happy}.", "{Hero} was {happy} and {hug}.", "{Hero} {smiled} and held the {thing} tight.");
        Beats.End(s, "After that, {hero} always put the {thing} in a safe place.", "{Hero} learned that two can find more than one.",
            "Now {hero} takes good care of {his} {thing}.", "{Hero} let {friend} hold the {thing} for the rest of the day.");
    }

    private static void Stuck(Scene s)
    {
        Obstacle obstacle = s.Dice.Pick(Lexicon.Obstacles);
        s.CastFriend(StoryGrammar.Helper(s.Dice, s.Cast, obstacle.Skill));
        s.Set("mishap", obstacle.Mishap);
        s.Set("where", obstacle.Where);
        s.Set("why", obstacle.Why);
        s.Set("rescue", obstacle.Rescue);
        if (s.Dice.Chance(0.2)) s.SayOne("{Hero} had {a thing}. {Oneday}, {he} took it to {place}.", "{Oneday}, {hero} took {his} {adj thing} to {place}.");
        else
        {
            Beats.Open(s);
            Beats.HasThing(s);
            Beats.GoOut(s);
        }

        Beats.Weather(s);
        s.SayOne("[Suddenly|But then|Then], the {thing} {mishap}.", "{Hero} was not careful, and the {thing} {mishap}.", "A strong wind came, and the {thing} {mishap}.");
        s.SayOne("{Hero} was {sad}, because {why}.", "{Hero} wanted to get it back, but {why}.", "{Hero} tried and tried, but {why}.");
        Beats.MeetFriend(s);
        s.SayOne(
            "\"Can you help me?\" asked {hero}. \"My {thing} is {where}.\" \"[Of course|Yes|Do not worry],\" said {friend}.",
            "\"What happened?\" asked {friend}. \"My {thing} is {where},\" said {hero}. \"I can help you,\" {said} {friend}.",
            "\"Please help me!\" {cried} {hero}. {Friend} looked at the {thing} {where} and {smiled}.");
        s.Say("{Friend} {rescue}. [Soon,|In no time,|A moment later,] {fhe} came back with the {thing}.");
        s.SayOne("\"{thanks}!\" said {hero}.", "{Hero} was {happy} and {hug}.", "{Hero} jumped for joy.");
        s.Maybe(0.6, "[{Hero} gave {friend} some {ffood} to say thank you.|Then they played with the {thing} together.|{Hero} asked {friend} to play, and they played until evening.]");
        Beats.End(s, "{Hero} learned that it is good to ask for help.", "{Hero} was more careful with the {thing} after that.", "A good friend is worth more than any {thing}.");
    }

    private static void Found(Scene s)
    {
        s.SayOne(
            "{Hero} found {a thing} {at}.",
            "{Oneday}, {hero} found {a thing} {at}.",
            "{Oneday}, {intro} found {a thing} {at}.",
            "Once upon a time, there was {intro}. {Oneday}, {he} found {a thing} {at}.",
            "{Hero} was walking {at} when {he} saw something in the grass. It was {a thing}!");
        s.SayOne("\"[What a nice|What a pretty|Look at this] {thing}!\" said {hero}. {He} wanted to keep it.", "{Hero} picked it up and {thing used}.", "{Hero} had always wanted {a thing}.");
        s.SayOne("But then {he} thought, \"Somebody must have lost it.\"", "But {his} {parent} said, \"This is not yours. Somebody must miss it.\"", "But whose {thing} was it?");
        s.SayOne("So {hero} asked everybody {at2}.", "{Hero} {walked} to {place2} and asked everyone.", "{He} asked {other} first. \"It is not mine,\" said {other}.");
        s.SayOne(
            "There, {he} saw {fintro} who was crying. \"I lost my {thing},\" said {friend}.",
            "At last, {he} met {fintro}. \"Have you seen my {thing}?\" asked {friend}.",
            "{Fintro} was sitting {at2}. {Fhe} looked {sad}, because {fhe} had lost {fhis} {thing}.");
        s.SayOne("{Hero} {smiled} and gave it back. \"Here it is,\" {he} said.", "\"Is this yours?\" asked {hero} and held up the {adj thing}.", "{Hero} was a little sad, but {he} gave the {thing} back.");
        s.SayOne("{Friend} was {happy}. \"{thanks}!\" {fhe} said.", "\"Yes! {thanks}!\" {cried} {friend}.", "{Friend} laughed and danced around.");
        s.SayOne("{Friend} gave {hero} {a gift} as a present.", "\"Let us play with it together,\" said {friend}.", "{Friend} invited {hero} to eat {ffood}.", "Now {hero} had no {thing}, but {he} had a new friend.");
        Beats.End(s, "{Hero} was glad that {he} had been honest.", "{Hero} learned that giving back feels better than keeping.", "Being honest had made {him} a friend.");
    }

    private static void Broken(Scene s)
    {
        Beats.Open(s);
        s.SayOne(
            "{His} {parent} had {a gift}. \"Please do not touch it,\" {phe} always said.",
            "In the house stood {a gift}. It belonged to {his} {parent}.",
            "{His} {parent} loved {phis} {adj gift} more than anything.");
        s.SayOne("{Oneday}, {hero} was playing with {a thing} inside.", "{Oneday}, {hero} was running around the table.", "{Oneday}, {hero} wanted to look at it.");
        s.SayOne("Crash! The {gift} fell down and broke.", "Suddenly, {he} bumped into the {gift}. It fell and broke.", "The {gift} slipped and broke on the floor.");
        s.Set("hiding", s.Dice.Pick(Lexicon.Hiding));
        s.SayOne("{Hero} was {scared}. {He} hid the pieces {hiding}.", "\"Oh no!\" {cried} {hero}. \"What should I do?\"", "{Hero} ran away and hid.");
        s.SayOne("When {his} {parent} came home, {phe} asked, \"Where is my {gift}?\"", "\"What happened to my {gift}?\" asked {his} {parent}.");
        s.SayOne(
            "{Hero} wanted to say that the {okind} did it. But that would be a lie. \"I broke it. I am sorry,\" {he} said.",
            "{Hero} looked at the floor. Then {he} told the truth. \"It was me. I am so sorry.\"",
            "First, {hero} said nothing. But {his} heart felt heavy. \"I did it,\" {he} said at last.");
        s.SayOne("{His} {parent} was sad, but {phe} was not angry. \"Thank you for telling the truth,\" {phe} said.", "\"I am glad you told me,\" {said} {his} {parent} and hugged {him}.");
        s.SayOne("Together they mended the {gift} with {gift mending}.", "They took some {gift mending} and fixed the {gift} together.", "Then they put the pieces together with {gift mending}. The {gift} looked almost new.");
        if (s.Dice.Chance(0.5)) s.SayOne("{Hero} felt much better.", "{Hero} learned that it is always best to tell the truth.", "From then on, {hero} always told the truth.");
        s.Maybe(0.3, "{goodnight}");
    }

    private static void Wind(Scene s)
    {
        s.SayOne("{Oneday}, the wind was very strong.", "It was a windy day.", "The wind blew and blew all day.");
        s.SayOne("{Intro} was [playing|walking] outside with {a thing}.", "{Hero} went out with {his} {adj thing}.");
        s.SayOne("Whoosh! The wind took the {thing} and carried it away.", "Suddenly, the wind blew the {thing} out of {his} hands.");
        s.SayOne("\"Come back!\" {cried} {hero}. {He} ran after it.", "{Hero} ran and ran, but the {thing} flew on.");
        s.Say("It flew over {place}. [It flew past {ointro}. \"Catch it!\" {cried} {hero}. But {other} was too slow.|Then it flew over the roofs.|{Other} tried to catch it, but missed.]");
        s.SayOne("At last, it landed {at2}, right in front of {fintro}.", "Then the wind stopped, and the {thing} fell down {at2}. {Fintro} picked it up.");
        s.SayOne("\"Is this your {thing}?\" asked {friend}. \"Yes!\" said {hero}. \"{thanks}!\"", "{Friend} {smiled} and gave the {thing} to {hero}.");
        s.SayOne("{Hero} was [out of breath|{tired}], but {happy}. {He} sat down with {friend} and they talked for a long time.", "\"Shall we play together?\" asked {hero}. \"Yes, I would love to,\" said {friend}.");
        Beats.End(s, "The wind had brought {hero} a new friend.", "{Hero} held the {thing} tight all the way home.");
    }

    private static void Untidy(Scene s)
    {
        s.Set("hiding", s.Dice.Pick(["under the bed", "behind the door", "under the table", "behind the big chair", "under a pile of clothes"]));
        Beats.OpenWithFriend(s);
        s.SayOne("{His} room was always a mess.", "{Hero} never put {his} things away.", "{Hero} did not like to tidy up.");
        s.SayOne("\"Please tidy your room,\" said {his} {parent}. \"Later,\" {said} {hero}.", "\"Put your things away,\" {his} {parent} said every evening, but {hero} did not listen.");
        s.SayOne("{Oneday}, {friend} came to visit. \"Bring your {adj thing},\" {fhe} said. \"We can {thing use}.\"",
            "{Oneday}, {hero} wanted to go to {place} with {his} {adj thing}.");
        s.SayOne("But {hero} could not find the {thing}. {He} looked and looked.", "But where was the {thing}? There was too much mess.");
        s.SayOne("\"It must be somewhere in this mess,\" said {his} {parent}. \"If you tidy up, you will find it.\"", "{Hero} was {sad}. \"I should have put it away,\" {he} said.");
        s.SayOne("So {hero} began to tidy up. {He} put the books on the shelf and the clothes in the box.", "So {hero} picked up one thing after another. It took a long time.");
        s.Say("[At last|Then|In the end], {he} found the {thing} {hiding}!");
        s.SayOne("{Hero} was {happy}. The room looked nice, too.", "\"Hooray!\" {cried} {hero}.");
        if (s.Dice.Chance(0.6)) s.SayOne("From that day on, {hero} put {his} things away every evening.", "{Hero} learned that a tidy room is a good room.", "\"Now I know why you asked me,\" {hero} told {his} {parent}.");
    }
}

namespace Llumnix.Training.Corpus.Plots;

/// <summary>Somebody learns something about the world or about themselves.</summary>
internal static class LearningPlots
{
    public static readonly IReadOnlyList<Plot> All =
    [
        new("learning a skill", "learning something new", Skill),
        new("overcoming fear", "being brave", Fear),
        new("the race", "a race", Race),
        new("the seed", "a garden", Seed),
        new("singing contest", "a contest", Contest),
        new("crying wolf", "a lie", Wolf),
        new("different is good", "being different", Different),
    ];

    private static void Skill(Scene s)
    {
        string[] lesson = s.Dice.Pick(Lexicon.Lessons).Split('|');
        s.Set("skill", lesson[0]);
        s.Set("advice", lesson[1]);
        s.Set("success", lesson[2]);
        Beats.Open(s);
        s.SayOne("{Hero} wanted to learn to {skill}.", "{Hero} could not {skill}. All the others could do it.", "More than anything, {he} wanted to {skill}.", "{Oneday}, {hero} saw how others could {skill}. \"I want to do that, too,\" {he} said.");
        s.SayOne("{He} tried it {at}, but it did not work.", "The first time {he} tried, it went all wrong.", "{Hero} tried once. {He} tried twice. But it was too hard.");
        s.SayOne("\"I will never learn it,\" said {hero}. {He} was {sad}.", "{Hero} wanted to give up.", "Some of the others laughed at {him}.");
        s.SayOne("{Fintro} saw it. \"I will show you. The trick is this: {advice},\" {fhe} said.", "\"Do not give up,\" said {fintro} who saw it. \"{advice}.\"", "Then {fintro} came. \"When I was small, I could not do it either,\" {fhe} said. \"You must do this: {advice}.\"");
        s.SayOne("{Hero} tried again and again, every day.", "So {hero} practiced every morning.", "{Hero} listened well and tried again.");
        s.SayOne("{Oneday}, it worked! {Hero} {success}.", "And then, at last, {hero} {success}.", "After a week, {he} {success}.");
        s.SayOne("\"Look, I can {skill}!\" {cried} {hero}. {Friend} clapped {fhis} hands.", "{Hero} was {happy}. \"I did it!\" {he} {cried}.", "Everybody clapped. {Hero} was very proud.");
        Beats.End(s, "{Hero} learned that you must not give up.", "Now {hero} helps others who want to learn to {skill}.", "Practice had made {him} good at it.");
    }

    private static void Fear(Scene s)
    {
        string[] fear = s.Dice.Pick(Lexicon.Fears).Split('|');
        s.Set("fear", fear[0]);
        s.Set("when", fear[1]);
        s.Set("truth", fear[2]);
        Beats.OpenWithFriend(s);
        s.SayOne("{Hero} was afraid of {fear}.", "There was one thing that {hero} did not like. {He} was afraid of {fear}.", "{Hero} was brave, but {he} was afraid of {fear}.");
        s.SayOne("{When}, {he} hid under the blanket.", "{When}, {his} heart beat fast.", "{When}, {he} began to shake.");
        s.SayOne("{Oneday}, {friend} needed help. {Fhe} was {at} and could not come home.", "{Oneday}, {hero} had to go to {place} alone.", "{Oneday}, {friend} asked, \"Why are you afraid?\" \"I do not know,\" said {hero}.");
        s.SayOne("\"Take this {thing} with you,\" said {his} {parent}. \"It will make you brave.\"", "\"Think of something nice,\" said {his} {parent}. \"Then you will be brave.\"", "{Hero} took {his} {adj thing} and a deep breath.");
        s.SayOne("{Hero} took one step, and then another.", "At first, {hero} wanted to run away. But {he} stayed.", "{His} knees were weak, but {he} did not turn back.");
        s.SayOne("Then {he} saw that {truth}.", "And what did {he} find? {Truth}.", "Now {hero} understood that {truth}.");
        s.SayOne("{Hero} laughed. {He} was not afraid anymore.", "\"I did it!\" {said} {hero}. \"I am not afraid of {fear} now.\"", "\"You are very brave,\" said {friend}. {Hero} {smiled}.");
        Beats.End(s, "Being brave means to do it although you are afraid.", "{Hero} was braver than {he} had thought.");
    }

    private static void Race(Scene s)
    {
        s.SayOne("{Oneday}, there was a race {at}.", "Every year, there was a big race from {place} to {place2}.", "Once upon a time, {friend} said, \"I am the fastest of all. Who wants to race with me?\"");
        s.SayOne("{Friend} was very fast and very proud. {Hero} was slow.", "{Intro} wanted to run, too. \"You are much too slow,\" laughed {friend}.", "\"I will win,\" said {friend}. {Hero} said nothing.");
        s.SayOne("One, two, three, go! {Friend} ran far ahead.", "{Other} called, \"Ready, steady, go!\" Soon {friend} was far in front.");
        bool kind = s.Dice.Chance(0.5);
        if (kind)
        {
            s.SayOne("But then {friend} fell over a stone and hurt {fhis} leg.", "But then {friend} fell into a hole and could not get out.");
            s.SayOne("{Hero} came by. {He} could win now! But {he} stopped and helped {friend}.", "{Hero} saw it and stopped. \"Let me help you,\" {he} said.");
            s.SayOne("Together they walked to the end. They came in last, but everybody clapped.", "They crossed the line side by side. Both had won.");
            s.SayOne("\"You are a better runner than I am,\" said {friend}. \"You run with your heart.\"", "\"I am sorry that I laughed at you,\" said {friend}.", "\"{thanks},\" said {friend}. From then on, {fhe} never laughed at others.");
            Beats.End(s, "Helping is more important than winning.");
        }
        else
        {
            s.SayOne("\"I have so much time,\" thought {friend}. {Fhe} lay down under a tree and fell asleep.", "{Friend} stopped to eat some {ffood}. \"{Hero} is so slow,\" {fhe} thought.");
            s.SayOne("{Hero} walked and walked and did not stop.", "But {hero} went on, step by step.");
            s.SayOne("When {friend} looked up, {hero} was almost there. {Friend} ran as fast as {fhe} could, but it was too late.", "{Friend} woke up when everybody cheered. {Hero} had won!");
            s.SayOne("{Hero} won {a gift}.", "{Other} gave {hero} {a gift} as the prize.", "Everybody was {happy} for {hero}.");
            s.SayOne("{Friend} learned not to be so proud.", "Slow and steady wins the race.", "\"Well done,\" said {friend}. \"Next time I will not sleep.\"");
        }
    }

    private static void Seed(Scene s)
    {
        s.Set("plant", s.Dice.Pick(Lexicon.Plants));
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, {he} got a small seed from {his} {parent}.", "{Oneday}, {hero} found a seed {at}.", "{Friend} gave {him} a tiny seed. \"Put it in the earth,\" {fhe} said.");
        s.SayOne("{Hero} planted it in the garden and gave it water.", "{Hero} made a hole in the earth, put the seed in and watered it.");
        s.SayOne("{Next}, {he} looked, but nothing was there.", "{He} waited one day. Nothing happened.", "\"Why does it not grow?\" asked {hero}.");
        s.SayOne("\"You must wait,\" said {friend}. \"Good things take time.\"", "{Hero} wanted to dig it out again. \"No, be patient,\" said {friend}.");
        s.SayOne("So {hero} watered it every day.", "Every morning, {hero} brought water. {He} even sang for the seed.");
        s.SayOne("After a week, a little green leaf came out.", "Then, {oneday}, there was a tiny green leaf!");
        s.SayOne("It grew and grew and became a {big} {plant}.", "The leaf became a plant, and the plant had a {big} {plant}.");
        s.SayOne("{Hero} shared it with {friend}. They were {happy}.", "It was the biggest {plant} in the whole village.", "\"Look what my little seed has become!\" {cried} {hero}.");
        Beats.End(s, "{Hero} learned to be patient.", "{Hero} kept one seed for the next year.");
    }

    private static void Contest(Scene s)
    {
        s.Set("art", "[sing|dance|tell stories|play the flute|play the drum|paint]");
        Beats.OpenWithFriend(s);
        s.SayOne("{Hero} loved to {art}, but only when nobody was there.", "{Hero} could {art} very well, but {he} was shy.");
        s.SayOne("{Oneday}, there was a contest {at}. The prize was {a gift}.", "{Friend} said, \"There is a contest {at}. You must come!\"");
        s.SayOne("\"I cannot do it. Everyone will look at me,\" said {hero}.", "\"What if they laugh at me?\" asked {hero}.");
        s.SayOne("\"Just look at me and forget the others,\" {said} {friend}.", "\"Close your eyes and think of {place2},\" {said} {friend}.", "\"I will stand next to you,\" {said} {friend}.");
        s.SayOne("First came {other}, who was very good. Then it was {hero}'s turn.", "{Hero} waited. {His} hands were cold. Then they called {his} name.");
        s.SayOne("{Hero} began to {art}. At first {he} was quiet. Then {he} became better and better.", "{Hero} looked at {friend} and began to {art}. Soon {he} forgot everyone.");
        s.SayOne("When {he} was done, it was very quiet. Then everybody clapped.", "Everyone stood up and clapped.");
        s.SayOne("{Hero} won the {gift}!", "{Other} won the prize, but {hero} was {happy}. {He} had been brave.", "{Friend} was so proud. \"I knew that you could do it,\" {fhe} said.");
        Beats.End(s, "Now {hero} is not shy anymore.", "A good friend can make you brave.");
    }

    private static void Wolf(Scene s)
    {
        Beats.OpenWithFriend(s);
        s.Set("danger", s.Dice.Pick(["a wolf", "a fire", "a monster", "a big snake", "a thief", "a ghost"]));
        s.SayOne("{Hero} liked to play tricks on others.", "{Hero} was bored. {He} wanted to have some fun.");
        s.SayOne("{Oneday}, {he} {cried}, \"Help! There is {danger} {at}!\"", "\"Help, help! I see {danger}!\" {he} {cried} {at}.");
        s.SayOne("{Friend} and {other} came running. But there was nothing. {Hero} laughed.", "Everyone came to help, but {hero} only laughed. \"It was a joke!\"");
        s.SayOne("{Next}, {hero} did it again. Again they came, and again {he} laughed.", "{Friend} was angry. \"Do not lie,\" {fhe} said.");
        s.SayOne("But then there really was {danger}! \"Help!\" {cried} {hero}.", "A few days later, {hero} really saw {danger}. \"Help me, please!\" {he} {cried}.");
        s.SayOne("\"It is only a joke,\" said {other}. Nobody came.", "But nobody believed {him}.");
        s.SayOne("{Hero} had to run as fast as {he} could. {He} hid in a tree all night.", "Only {friend} came to look. {Fhe} helped {hero} to get away.");
        s.SayOne("\"I am sorry,\" said {hero}. \"I will never lie again.\"", "{Hero} learned that nobody believes a liar, even when he tells the truth.", "After that, {hero} always told the truth.");
    }

    private static void Different(Scene s)
    {
        s.Set("mark", s.Dice.Pick(["very big ears", "a very long nose", "green spots", "very short legs", "a crooked tooth", "one white foot", "a very loud voice", "big feet"]));
        string use = s.Dice.Pick(["{Hero} shouted so loud that everybody heard it and came to help", "{Hero} saw the danger first and called the others", "{Hero} was the only one who could reach {him2} and pull {him2} out"]);
        s.Set("him2", "{fhim}");
        s.Set("act", use);
        Beats.OpenWithFriend(s);
        s.SayOne("{Hero} had {mark}. Nobody else had that.", "{Hero} was not like the others. {He} had {mark}.");
        s.SayOne("The others laughed at {him}. \"You look funny,\" said {friend}.", "\"You cannot play with us,\" said {friend}.");
        s.SayOne("{Hero} was {sad} and went to {place} alone.", "\"I wish I were like the others,\" thought {hero}.");
        s.SayOne("{Oneday}, {friend} fell into the lake. \"Help!\" {fhe} {cried}.", "{Oneday}, {friend} got stuck in a deep hole {at2}.");
        s.Say("{Act}.");
        s.SayOne("\"You saved me!\" said {friend}. \"I am sorry that I laughed at you.\"", "\"{thanks},\" said {friend}. \"I was wrong about you.\"");
        s.SayOne("Now everybody wanted to be {hero}'s friend.", "{Hero} was proud. It was good to be different.", "From then on, nobody laughed at {him}.");
        s.Maybe(0.3, "{goodnight}");
    }
}
